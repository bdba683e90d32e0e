import type { Fields } from '../logger.ts';

/** What the line itself writes; nobody's fields can have these names. */
const LINE_KEYS = ['lvl', 'msg', 'time', 'src'];
/** What the set-up's fields say about the service; a logger's and a line's fields can't have these names. */
const SERVICE_KEYS = ['srv', 'ver', 'host'];

const SERVICE = new Set(SERVICE_KEYS);
const RESERVED = new Set([...LINE_KEYS, ...SERVICE_KEYS]);
const ESCAPED = /^_+(?:lvl|msg|time|src|srv|ver|host)$/;

/**
 * The name under which a logger's or line's field is written. A reserved name gets a `_` in front, and so does such a name
 * with `_` in front: no two fields can end up under one name, so nothing is lost.
 */
export function fieldName(name: string): string {
  return RESERVED.has(name) || (name.charCodeAt(0) === 95 && ESCAPED.test(name)) ? `_${name}` : name;
}

/** The set-up's fields under the names they are written with, the service's first. */
export function baseFields(fields: Fields): Fields {
  const out: Record<string, unknown> = {};
  for (const name of SERVICE_KEYS) if (fields[name] !== undefined) out[name] = fields[name];
  for (const [name, value] of Object.entries(fields)) define(out, SERVICE.has(name) ? name : fieldName(name), value);
  return out;
}

/** A logger's or line's fields under the names they are written with. */
export function renamed(fields: Fields): Fields {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) define(out, fieldName(name), value);
  return out;
}

/** As a spread does, and unlike an assignment: a field called `__proto__` is a field. */
function define(out: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(out, name, { value, enumerable: true, configurable: true, writable: true });
  else out[name] = value;
}
