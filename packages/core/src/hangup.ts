import { shared } from '@patron/log';

/** What patron's own parts do at SIGHUP: listeners that read their certificates again. */
const parts = shared<Set<() => Promise<void>>>('hangup', () => new Set());

/** Runs `fn` at every SIGHUP of a service of this process; it has to tell of its failures itself. @returns what ends that */
export function atHangup(fn: () => Promise<void>): () => void {
  parts.add(fn);
  return () => void parts.delete(fn);
}

/** Runs what waits for SIGHUP. @returns whether anything did */
export async function hangUp(): Promise<boolean> {
  await Promise.all([...parts].map((fn) => fn()));
  return parts.size > 0;
}
