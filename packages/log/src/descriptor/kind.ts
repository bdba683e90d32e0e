import { fstatSync } from 'node:fs';

/** What a descriptor leads to; undefined when it is closed. */
export type Kind = 'file' | 'pipe' | 'socket' | 'device' | 'other';

/**
 * What `fd` leads to. Asked with bigint on purpose: a plain `fstatSync` of a pipe leaves its answer where `require()` looks
 * for one of its own, and the next package behind a symbolic link (pnpm) isn't found (nodejs/node#51142).
 */
export function kindOf(fd: number): Kind | undefined {
  try {
    const stats = fstatSync(fd, { bigint: true });
    if (stats.isFile()) return 'file';
    if (stats.isFIFO()) return 'pipe';
    if (stats.isSocket()) return 'socket';
    return stats.isCharacterDevice() ? 'device' : 'other';
  } catch {
    return undefined;
  }
}
