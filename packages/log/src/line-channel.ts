import { channel } from 'node:diagnostics_channel';
import type { Level } from './level.ts';

/**
 * The `node:diagnostics_channel` on which each written line is announced as a {@link LineMessage}. Lines that are off are
 * not; a line that the output could not take is (see `droppedLines`).
 *
 * @example
 * ```ts
 * import { subscribe } from 'node:diagnostics_channel';
 * import { LINE_CHANNEL, type LineMessage, log } from '@patron/log';
 *
 * subscribe(LINE_CHANNEL, (message) => console.log((message as LineMessage).level));
 * log.warn('counted');
 * ```
 */
export const LINE_CHANNEL = 'patron.log.line';

/** What is published on {@link LINE_CHANNEL}. */
export interface LineMessage {
  readonly level: Level;
}

// Held here: a channel that nobody holds is collected, and its subscribers with it.
const lines = channel(LINE_CHANNEL);

/** Tells subscribers, if there are any, of a line. */
export function announce(level: Level): void {
  if (lines.hasSubscribers) lines.publish({ level } satisfies LineMessage);
}
