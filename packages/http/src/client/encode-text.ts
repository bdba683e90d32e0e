/** Percent-encodes a text, so that it can stand anywhere in a URL. Undefined for half of a surrogate pair, which is no text. */
export function encodeText(text: string): string | undefined {
  try {
    return encodeURIComponent(text);
  } catch {
    return undefined;
  }
}
