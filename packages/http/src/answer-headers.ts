import type { ServerResponse } from 'node:http';

/** What frames a message, or is told by us or by node:http: a head with one of these is Node's to write. */
const SPECIAL = new Set([
  'connection',
  'content-length',
  'content-type',
  'date',
  'expect',
  'keep-alive',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-correlation-id',
]);

/** Whether node:http has more to do with a header than to write it. @param key - In lower case. */
export function isSpecial(key: string): boolean {
  return SPECIAL.has(key);
}

/** A header that is known to be fit to be sent. One that is the same for every answer is made once. */
export class HeaderLine {
  readonly name: string;
  /** The name in lower case. */
  readonly key: string;
  readonly value: string | readonly string[];
  /** As it stands in a head; undefined where node:http has more to do with it than to write it. */
  readonly text: string | undefined;

  /** @param name, value - Checked, or constants: nothing looks at them again. */
  constructor(name: string, value: string | readonly string[]) {
    this.name = name;
    this.key = name.toLowerCase();
    this.value = value;
    this.text = typeof value === 'string' && !isSpecial(this.key) ? `${name}: ${value}\r\n` : undefined;
  }
}

/**
 * What middlewares say of an answer before there is one: whatever it will be, an error too. It is kept apart from the response
 * until its head is written: `setHeader` checks each name and value letter by letter, and to read them again costs as much.
 */
export class AnswerHeaders {
  readonly #lines: HeaderLine[] = [];

  /** Puts a header into the place of the one with its name, or behind all others. */
  set(line: HeaderLine): void {
    const lines = this.#lines;
    for (let i = 0; i < lines.length; i++) {
      if (lines[i]?.key !== line.key) continue;
      lines[i] = line;
      return;
    }
    lines.push(line);
  }

  /** The value of a header, by its name in lower case. */
  get(key: string): string | readonly string[] | undefined {
    for (const line of this.#lines) if (line.key === key) return line.value;
    return undefined;
  }

  /** All of them as they stand in a head; undefined where node:http has to write one of them. */
  text(): string | undefined {
    let text = '';
    for (const line of this.#lines) {
      if (line.text === undefined) return undefined;
      text += line.text;
    }
    return text;
  }

  /** Hands them over to node:http. */
  moveTo(response: ServerResponse): void {
    for (const { name, value } of this.#lines) response.setHeader(name, value);
    this.#lines.length = 0;
  }
}
