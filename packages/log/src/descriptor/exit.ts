import { shared } from '../shared.ts';

/**
 * How long an ending process waits for outputs that don't take its lines, all of them together, in milliseconds. The
 * promise is 5 s; what is left of them goes to the ending itself.
 */
export const LAST_WORDS_MS = 4500;

/** What the ending process has to do; one list and one listener for all copies of this package. */
interface ExitWork {
  /** Whether the process has begun to end: nothing asynchronous happens any more. */
  ending: boolean;
  readonly tasks: Map<unknown, (deadlineMs: number) => void>;
}

let work: ExitWork | undefined;

/** Calls `task` with the milliseconds it may take when the process ends. One task per key. */
export function atExit(key: unknown, task: (deadlineMs: number) => void): void {
  work ??= shared('log.exit', listen);
  work.tasks.set(key, task);
}

/** Whether the process is past the point where timers run. */
export function isEnding(): boolean {
  return work?.ending === true;
}

function listen(): ExitWork {
  const created: ExitWork = { ending: false, tasks: new Map() };
  // 'exit' comes after process.exit(), an uncaught error, an unhandled rejection and an empty event loop alike.
  process.on('exit', () => {
    created.ending = true;
    const end = performance.now() + LAST_WORDS_MS;
    for (const task of created.tasks.values()) {
      try {
        task(Math.max(0, end - performance.now()));
      } catch {
        // One output's trouble must not cost another output's last lines.
      }
    }
  });
  return created;
}
