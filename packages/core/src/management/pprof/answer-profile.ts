import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { answerText } from '../answer.ts';
import { encode } from './encode.ts';
import type { Profile } from './profile.ts';
import { toText } from './text.ts';

const compress = promisify(gzip);

/** Answers with a profile in pprof's format, which is compressed in itself. */
export async function answerProfile(response: ServerResponse, name: string, profile: Profile): Promise<void> {
  const bytes = await compress(encode(profile, process.argv[1] ?? process.execPath));
  response.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'Content-Disposition': `attachment; filename="${name}.pb.gz"`,
    'Content-Length': bytes.length,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(bytes);
}

/** Answers with a table for a person. */
export function answerTable(response: ServerResponse, name: string, profile: Profile): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  answerText(response, 200, toText(name, profile), 'text/plain; charset=utf-8');
}
