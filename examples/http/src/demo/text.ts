// Two columns of a terminal each.
const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60]/u;

/**
 * Text from elsewhere, safe to print in one line: what could move the cursor, change colours, turn the direction of writing or
 * stack up above the line comes out as `?`.
 */
export function printable(text: string): string {
  return text.normalize('NFC').replace(/[\p{C}\p{Zl}\p{Zp}\p{M}]/gu, '?');
}

/** How many columns printable text takes. */
export function columns(text: string): number {
  let count = 0;
  for (const character of text) count += WIDE.test(character) ? 2 : 1;
  return count;
}

/** At most so many columns of it; what was cut shows. */
export function cut(text: string, width: number): string {
  if (columns(text) <= width) return text;
  return width < 1 ? '' : `${beginning(text, width - 1)}…`;
}

/** Exactly so many columns. */
export function fit(text: string, width: number): string {
  const short = cut(text, width);
  return short + ' '.repeat(Math.max(0, width - columns(short)));
}

/** In lines of at most so many columns, broken between words where there are some. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (let word of text.split(' ')) {
    if (line !== '' && columns(line) + 1 + columns(word) > width) {
      lines.push(line);
      line = '';
    }
    for (const room = Math.max(2, width); columns(word) > room; word = word.slice((lines.at(-1) as string).length))
      lines.push(beginning(word, room));
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function beginning(text: string, width: number): string {
  let kept = '';
  let count = 0;
  for (const character of text) {
    count += columns(character);
    if (count > width) break;
    kept += character;
  }
  return kept;
}
