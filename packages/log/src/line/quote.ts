import { LIMITS } from './limits.ts';

/**
 * Characters that end or rewrite a line in some reader, and are legal in JSON: DEL and C1 (0x9b opens terminal sequences
 * just as ESC [ does), the line separators of Unicode, and the overrides that make a terminal show text in another order.
 */
const UNSAFE = '\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069';
const NEEDS_ESCAPE = new RegExp(`[\\u0000-\\u001f"\\\\${UNSAFE}\\ud800-\\udfff]`);
const CONTROLS = new RegExp(`[\\u0000-\\u001f${UNSAFE}]`, 'g');
const STILL_UNSAFE = new RegExp(`[${UNSAFE}]`, 'g');

/** `text` as a JSON string, quotes included, that no reader can take for more than one line. */
export function quote(text: string): string {
  const short = shorten(text);
  return NEEDS_ESCAPE.test(short) ? escapeUnsafe(JSON.stringify(short)) : `"${short}"`;
}

/** Replaces what JSON allows and terminals don't; `json` stays the same JSON text. */
export function escapeUnsafe(json: string): string {
  return json.replace(STILL_UNSAFE, codePoint);
}

/** `text` without quotes, for a person: what could end or rewrite the line is shown as an escape, all else as it is. */
export function escapeControls(text: string): string {
  return shorten(text).replace(CONTROLS, (character) => SHORT[character] ?? codePoint(character));
}

const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function codePoint(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function shorten(text: string): string {
  return text.length > LIMITS.string ? `${text.slice(0, LIMITS.string)}[+${text.length - LIMITS.string} characters]` : text;
}
