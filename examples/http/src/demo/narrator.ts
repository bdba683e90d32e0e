import { cut, wrap } from './text.ts';

const COLOURS = { title: 1, code: 36, step: 32, detail: 2, bar: 34, failed: 31, note: 2 } as const;
const INDENT = '     ';

/** Writes the demo for people: coloured and as wide as the terminal, plain and in 80 columns elsewhere. */
export class Narrator {
  readonly #out: NodeJS.WriteStream;
  readonly #colour: boolean;
  #count = 0;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
    this.#colour = out.isTTY === true && (process.env['NO_COLOR'] ?? '') === '';
  }

  /** Columns of a line of details. */
  get width(): number {
    return (this.#out.columns ?? 80) - INDENT.length;
  }

  title(text: string): void {
    this.#write(`\n${this.paint(text, 'title')}\n`);
  }

  code(text: string): void {
    this.#write(this.paint(text.replace(/^/gm, '    '), 'code'));
  }

  step(text: string): void {
    this.#count++;
    const [first = '', ...more] = wrap(text, this.width + 1);
    const number = `${this.#count}.`;
    this.#write(`${this.paint(number, 'step')} ${first}`);
    for (const line of more) this.#write(`${' '.repeat(number.length)} ${line}`);
  }

  detail(text: string): void {
    this.#write(this.paint(`${INDENT}${cut(text, this.width)}`, 'detail'));
  }

  /** A drawing, which knows its width and its colours. */
  drawing(lines: readonly string[]): void {
    for (const line of lines) this.#write(`${INDENT}${line}`);
  }

  /** Something besides, in as many lines as it takes. */
  note(text: string): void {
    this.#write('');
    for (const line of wrap(text, this.width + INDENT.length)) this.#write(this.paint(line, 'note'));
  }

  end(text: string): void {
    this.#write(`\n${text}\n`);
  }

  /** Colours a piece of text where there are colours. */
  readonly paint = (text: string, as: keyof typeof COLOURS): string => (this.#colour ? `\u001b[${COLOURS[as]}m${text}\u001b[0m` : text);

  #write(text: string): void {
    this.#out.write(`${text}\n`);
  }
}
