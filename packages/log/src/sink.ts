import type { LogEntry, LogSink } from './entry.ts';
import { atExit } from './descriptor/exit.ts';
import { copyFields } from './fields.ts';
import { flush } from './last-words.ts';
import { state } from './state.ts';
import { winston } from './winston.ts';

let fallback: LogSink | undefined;

/** Where lines go now. Before any set-up that is the default factory: a program that never sets up is not mute. */
export function currentSink(): LogSink {
  if (state.sink === undefined) useSink(winston()({}));
  return state.sink as LogSink;
}

/** Sends the lines of every logger in the process to `sink` from now on. */
export function useSink(sink: LogSink): void {
  const before = state.sink;
  state.sink = sink;
  atExit('sink', flush);
  try {
    before?.close?.();
  } catch {
    // What a sink does when it is no longer needed must not stop the set-up of its successor.
  }
}

/** Writes a line that the sink could not write to stderr, with what the sink threw. */
export function lastResort(entry: LogEntry, reason: string): void {
  fallback ??= winston({ style: 'json' })({});
  try {
    fallback.write({ ...entry, fields: { ...copyFields(entry.fields ?? {}), sinkError: reason } });
  } catch {
    // There is nowhere left to say so, and the caller only wanted to log.
  }
}
