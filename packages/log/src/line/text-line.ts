import type { LogEntry } from '../entry.ts';
import { copyFields, isError } from '../fields.ts';
import type { Level } from '../level.ts';
import type { Fields } from '../logger.ts';
import { Encoder } from './encode.ts';
import { baseFields, renamed } from './names.ts';
import { escapeControls } from './quote.ts';
import { errorHead, errorTail } from './text-error.ts';

const SHOWN: Record<Level, readonly [name: string, colour: string]> = {
  debug: ['DBG', '36'],
  info: ['INF', '32'],
  warn: ['WRN', '33'],
  error: ['ERR', '31'],
  fatal: ['FTL', '1;31'],
  panic: ['PNC', '1;35'],
};

/** A JSON string that reads well without its quotes. */
const BARE = /^"[^\s"\\=,{}[\]]+"$/;

/** Builds lines for a person at a terminal: time of day, level, message, `name=value`, and below them the frames of errors. */
export class TextLine {
  readonly #base: Fields;
  readonly #redact: ReadonlySet<string> | undefined;
  readonly #colour: boolean;

  constructor(base: Fields, redact: ReadonlySet<string> | undefined, colour: boolean) {
    this.#base = baseFields(copyFields(base));
    this.#redact = redact;
    this.#colour = colour;
  }

  format(entry: LogEntry): string {
    const [name, colour] = SHOWN[entry.level];
    const all = { ...this.#base, ...renamed(entry.bound.values), ...renamed(copyFields(entry.fields ?? {})) };
    const encoder = new Encoder(this.#redact);
    let text = `${this.#paint(timeOfDay(entry.time), '2')} ${this.#paint(name, colour)} ${escapeControls(entry.message)}`;
    let below = '';
    for (const [key, value] of Object.entries(all)) {
      const pair = isError(value) ? this.#error(key, value) : encoder.member(key, () => value);
      if (pair === undefined) continue;
      text += ` ${this.#pair(pair)}`;
      if (isError(value) && !this.#hides(key)) below += this.#paint(errorTail(value), '2');
    }
    if (entry.source !== undefined) text += ` ${this.#paint(escapeControls(entry.source), '2')}`;
    return text + below;
  }

  #error(key: string, error: Error): string | undefined {
    return new Encoder(this.#redact).member(key, () => errorHead(error));
  }

  #hides(key: string): boolean {
    return this.#redact?.has(key.toLowerCase()) === true;
  }

  /** `"name":value` as `name=value`. The name is a JSON string: its end is the first quote that is not escaped. */
  #pair(member: string): string {
    const end = /^"(?:[^"\\]|\\.)*"/.exec(member)?.[0].length ?? 0;
    return `${this.#paint(`${bare(member.slice(0, end))}=`, '2')}${bare(member.slice(end + 1))}`;
  }

  #paint(text: string, colour: string): string {
    return this.#colour && text !== '' ? `\u001b[${colour}m${text}\u001b[0m` : text;
  }
}

function bare(json: string): string {
  return BARE.test(json) ? json.slice(1, -1) : json;
}

function timeOfDay(ms: number): string {
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
