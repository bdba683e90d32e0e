/** Writes the demo for people: coloured on a terminal, plain elsewhere. */
export class Narrator {
  readonly #out: NodeJS.WriteStream;
  readonly #colour: boolean;
  #count = 0;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
    this.#colour = out.isTTY === true && (process.env['NO_COLOR'] ?? '') === '';
  }

  title(text: string): void {
    this.#write(`\n${this.#paint(1, text)}\n`);
  }

  code(text: string): void {
    this.#write(text.replace(/^/gm, '    '), 36);
  }

  step(text: string): void {
    this.#count++;
    this.#write(`${this.#paint(32, `${this.#count}.`)} ${text}`);
  }

  detail(text: string): void {
    this.#write(`     ${text}`, 2);
  }

  end(text: string): void {
    this.#write(`\n${text}\n`);
  }

  #write(text: string, colour?: number): void {
    this.#out.write(`${colour === undefined ? text : this.#paint(colour, text)}\n`);
  }

  #paint(colour: number, text: string): string {
    return this.#colour ? `\u001b[${colour}m${text}\u001b[0m` : text;
  }
}
