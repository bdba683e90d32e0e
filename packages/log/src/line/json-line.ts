import type { LogEntry } from '../entry.ts';
import { copyFields } from '../fields.ts';
import type { Fields } from '../logger.ts';
import { Encoder, encodePrimitive } from './encode.ts';
import { LIMITS } from './limits.ts';
import { baseFields, fieldName, renamed } from './names.ts';
import { quote } from './quote.ts';
import { timestamp } from './timestamp.ts';

/** A logger's fields as they stand in each of its lines, behind or instead of the set-up's. */
interface Scope {
  readonly values: Fields;
  /** All of them, the set-up's included. */
  readonly text: string;
}

/** Builds lines as JSON, without the newline: `lvl msg time src srv ver host` and the fields. */
export class JsonLine {
  readonly #base: Fields;
  readonly #baseText: string;
  readonly #redact: ReadonlySet<string> | undefined;
  readonly #scope = (values: Fields): Scope => this.#makeScope(values);

  constructor(base: Fields, redact?: ReadonlySet<string>) {
    this.#base = baseFields(copyFields(base));
    this.#redact = redact;
    this.#baseText = this.#text(this.#base);
  }

  format(entry: LogEntry): string {
    const source = entry.source === undefined ? '' : `,"src":${quote(entry.source)}`;
    const head = `{"lvl":"${entry.level}","msg":${quote(entry.message)},"time":"${timestamp(entry.time)}"${source}`;
    const scope = entry.bound.memo(this, this.#scope);
    if (entry.fields === undefined) return `${head}${scope.text}}`;
    return `${head}${this.#fields(scope, entry.fields)}}`;
  }

  #fields(scope: Scope, fields: Fields): string {
    let own: string | undefined;
    try {
      own = this.#own(scope, fields);
    } catch {
      // A field's own code threw; the copy describes it instead.
      return this.#fields(scope, copyFields(fields));
    }
    // A name that the logger has bound, too: the line's value wins, and stands where the logger's stood.
    return own === undefined ? this.#text({ ...this.#base, ...scope.values, ...renamed(copyFields(fields)) }) : scope.text + own;
  }

  /** The line's own fields; undefined when one of them is bound already. */
  #own(scope: Scope, fields: Fields): string | undefined {
    const names = Object.keys(fields);
    for (const name of names) if (this.#isBound(scope.values, fieldName(name))) return undefined;
    return this.#text(fields, names, fieldName);
  }

  #text(fields: Fields, names: readonly string[] = Object.keys(fields), nameOf: (name: string) => string = (name) => name): string {
    let text = '';
    let encoder: Encoder | undefined;
    let index = 0;
    for (const name of names) {
      if (index++ === LIMITS.items || text.length > LIMITS.line) {
        return `${text},"...":"[+${names.length - index + 1} fields]"`;
      }
      const value = fields[name];
      const plain = this.#redact === undefined ? encodePrimitive(value) : undefined;
      if (plain !== undefined) text += `,${quote(nameOf(name))}:${plain}`;
      else if (value !== undefined) {
        encoder ??= new Encoder(this.#redact);
        text += `,${encoder.member(nameOf(name), () => value)}`;
      }
    }
    return text;
  }

  #isBound(values: Fields, name: string): boolean {
    return Object.hasOwn(values, name) || Object.hasOwn(this.#base, name);
  }

  /** With the first line of each logger, and so once per request: the set-up's fields are not encoded again for it. */
  #makeScope(values: Fields): Scope {
    const own = renamed(values);
    for (const name of Object.keys(own)) {
      if (!Object.hasOwn(this.#base, name)) continue;
      const all = { ...this.#base, ...own };
      return { values: all, text: this.#text(all) };
    }
    return { values: own, text: this.#baseText + this.#text(own) };
  }
}
