import { constants } from 'node:os';
import { log } from '@patron/log';

/** What the signals of the process mean to a service. */
export interface SignalHandlers {
  /** The first SIGINT or SIGTERM. */
  stop(signal: 'SIGINT' | 'SIGTERM'): void;
  /** SIGHUP. */
  hangup(): void;
}

/** Nobody presses Ctrl-C twice in this time; `npm start` hands on the one that the terminal has sent to the whole group already. */
const SAME_KEY_MS = 50;

/** Listens to the signals of the process; a second SIGINT or SIGTERM ends it at once. @returns what stops listening */
export function listenToSignals(handlers: SignalHandlers): () => void {
  let first: { signal: 'SIGINT' | 'SIGTERM'; at: number } | undefined;
  const onStop = (signal: 'SIGINT' | 'SIGTERM'): void => {
    const at = performance.now();
    if (first === undefined) {
      first = { signal, at };
      handlers.stop(signal);
      return;
    }
    if (signal === 'SIGINT' && first.signal === 'SIGINT' && at - first.at < SAME_KEY_MS) return;
    log.error('second signal: ending now', { signal });
    // The shell's convention for a process that a signal ended.
    process.exit(128 + constants.signals[signal]);
  };
  const onHangup = (): void => handlers.hangup();
  process.on('SIGINT', onStop);
  process.on('SIGTERM', onStop);
  process.on('SIGHUP', onHangup);
  return () => {
    process.off('SIGINT', onStop);
    process.off('SIGTERM', onStop);
    process.off('SIGHUP', onHangup);
  };
}

/** Makes a log line of what is about to end the process: Node's own report goes past the log. @returns what stops listening */
export function logLastWords(): () => void {
  const onUncaught = (error: unknown, origin: string): void => {
    // The monitor is told in any case; an application with a handler of its own goes on after it.
    const ends = process.listenerCount('uncaughtException') === 0;
    log.error(ends ? 'uncaught error: the process ends' : 'uncaught error', { error, origin });
  };
  process.on('uncaughtExceptionMonitor', onUncaught);
  return () => process.off('uncaughtExceptionMonitor', onUncaught);
}
