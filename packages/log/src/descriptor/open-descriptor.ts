import { constants, openSync } from 'node:fs';
import { kindOf } from './kind.ts';

/**
 * A descriptor for the output behind `fd` to which writing never blocks, where the system offers one; else `fd` itself.
 *
 * A reader that stalls would otherwise stop the process in `write(2)`, out of reach of any deadline.
 * - Files and devices such as /dev/null don't block: `fd` itself, which keeps the write position we share with others.
 * - Pipes and terminals, on Linux: opened anew as non-blocking. `fd` stays as it is for everybody else who writes to it.
 * - Sockets (what Node's own `spawn` and systemd's journal give to a child) can't be opened anew, nor can pipes on other systems:
 *   there the one descriptor is made non-blocking, as any use of `process.stderr` does.
 */
export function openForWriting(fd: number): number {
  const kind = kindOf(fd);
  if (kind === undefined || kind === 'file') return fd; // a closed one, too: the first write will say so
  if (process.platform === 'linux' && kind !== 'socket') {
    try {
      return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    } catch {
      // No /proc, no permission (a process that changed its user), or nobody reads: the descriptor we have must do.
    }
  }
  if (kind === 'pipe' || kind === 'socket') makeNonBlocking(fd);
  return fd;
}

/** Node sets O_NONBLOCK when it makes the stream, and takes it back when the process ends. There is no other way to fcntl(2). */
function makeNonBlocking(fd: number): void {
  if (fd === 1) void process.stdout;
  else if (fd === 2) void process.stderr;
}
