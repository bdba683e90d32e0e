import { createHash } from 'node:crypto';
import { type Authenticator, post, respond, type Route } from '@patron/http';
import { multipart } from '@patron/http/multipart';

const MIB = 1024 * 1024;
const parts = multipart({ maxFiles: 3, maxFileBytes: 20 * MIB });

/** Takes photos, and answers with what they were: a real shop would store them under names of its own. */
export function photos(auth: Authenticator): Route {
  return post(
    '/photos',
    async (request) => {
      const taken: { name: string; bytes: number; sha256: string }[] = [];
      for await (const part of parts(request)) {
        if (part.kind === 'field') continue;
        const hash = createHash('sha256');
        let bytes = 0;
        for await (const chunk of part.stream as AsyncIterable<Buffer>) {
          hash.update(chunk);
          bytes += chunk.length;
        }
        taken.push({ name: part.filename ?? part.name, bytes, sha256: hash.digest('hex') });
      }
      return respond(201, taken);
    },
    { auth, maxBodyBytes: 64 * MIB, summary: 'Takes photos, as multipart/form-data' },
  );
}
