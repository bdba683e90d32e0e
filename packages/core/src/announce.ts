import { log } from '@patron/log';
import type { Supervisor } from './supervisor.ts';

const POLL_MS = 50;
/** After that somebody is waiting for a line, and wonders. */
const PATIENCE_MS = 10_000;

/**
 * Says in the log as components become ready, and when all have: in a deployment the lines that people wait for. Where some
 * take long, it says once who and why. @returns what ends it
 */
export function announceReadiness(supervisor: Supervisor, startedAt: number): () => void {
  const waiting = new Set(supervisor.names);
  let patient = true;
  let timer: NodeJS.Timeout | undefined;
  const since = (): number => Math.round(performance.now() - startedAt);
  const look = (): void => {
    const reasons = supervisor.reasons();
    for (const name of waiting) {
      if (reasons[name] !== undefined) continue;
      waiting.delete(name);
      const address = supervisor.addressOf(name);
      log.info('component started', { component: name, ...(address !== undefined && { address }), startMs: since() });
    }
    if (waiting.size === 0) {
      log.info('service ready', { startMs: since() });
      return;
    }
    if (patient && since() > PATIENCE_MS) {
      patient = false;
      log.warn('service not ready yet', { reasons, startMs: since() });
    }
    timer = setTimeout(look, POLL_MS).unref();
  };
  // Not in this turn: a component that fails at once was never started.
  const first = setImmediate(look);
  return () => {
    clearImmediate(first);
    clearTimeout(timer);
  };
}
