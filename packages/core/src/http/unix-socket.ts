import { lstatSync, type Stats, unlinkSync } from 'node:fs';
import { connect } from 'node:net';

/** What fits into the address of a socket (`sun_path`), without its last zero: 108 bytes on Linux, 104 on macOS and the BSDs. */
export const LONGEST_SOCKET_PATH = process.platform === 'linux' ? 107 : 103;

/**
 * Removes a socket that nobody answers on: a process that was killed leaves its own behind, and the next one could not
 * listen there.
 * @throws an error with the code EADDRINUSE where somebody answers, ENOTSOCK where the file is no socket
 */
export async function removeStale(path: string): Promise<void> {
  const found = look(path);
  if (found === undefined) return;
  if (!found.isSocket()) throw failure('ENOTSOCK', path);
  const refusal = await knock(path);
  if (refusal === 'ENOENT') return;
  if (refusal !== 'ECONNREFUSED') throw failure(refusal === 'EACCES' ? 'EACCES' : 'EADDRINUSE', path);
  // Another process may have come to the same conclusion, and be listening on a new file by now.
  const now = look(path);
  if (now === undefined) return;
  if (now.ino !== found.ino || now.ctimeMs !== found.ctimeMs) throw failure('EADDRINUSE', path);
  unlinkSync(path);
}

function look(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** @returns why nobody can be reached; undefined where somebody can. A full queue (EAGAIN) is somebody's. */
function knock(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
  });
}

function failure(code: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
