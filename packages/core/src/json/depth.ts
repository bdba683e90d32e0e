/**
 * Whether a JSON text opens more than `limit` arrays and objects inside each other: told before anything is built of it,
 * without recursion. A text that does not open that many at all, as most don't, is told from by native searches; only the
 * others are gone through byte by byte, which costs about a third of parsing them.
 *
 * @param bytes - The text in UTF-8; what opens, closes and quotes is a byte of its own there.
 */
export function deeperThan(bytes: Uint8Array, text: string, limit: number): boolean {
  return opensMoreThan(text, limit) && nestsDeeperThan(bytes, limit);
}

function opensMoreThan(text: string, limit: number): boolean {
  if (text.length <= limit) return false;
  let opened = 0;
  for (const opening of ['{', '[']) {
    for (let at = text.indexOf(opening); at !== -1; at = text.indexOf(opening, at + 1)) if (++opened > limit) return true;
  }
  return false;
}

function nestsDeeperThan(bytes: Uint8Array, limit: number): boolean {
  let depth = 0;
  for (let i = 0; i < bytes.length; i++) {
    switch (bytes[i]) {
      case 0x22: // "
        i = endOfString(bytes, i);
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > limit) return true;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
      default:
    }
  }
  return false;
}

/** The closing quote of the string that opens at `start`; the end of the text where none closes it. */
function endOfString(bytes: Uint8Array, start: number): number {
  let i = start + 1;
  while (i < bytes.length && bytes[i] !== 0x22) i += bytes[i] === 0x5c ? 2 : 1; // a backslash takes the next one with it
  return i;
}
