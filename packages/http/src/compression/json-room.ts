/** The most bytes that a number takes: `-1.2345678901234567e-300`, and then some. */
const NUMBER = 25;
/** The most that a character takes in JSON: `\u001f`. */
const CHARACTER = 6;

/**
 * Whether the JSON of a value certainly takes fewer bytes, by a look that costs a quarter of writing it. False, too, where only
 * writing it tells: for what has a form of its own (`toJSON`, a class), or has none.
 */
export function jsonFits(value: unknown, bytes: number): boolean {
  return roomAfter(value, bytes) > 0;
}

/** What is left of the room, at least; nothing or less, where it may not have been enough. */
function roomAfter(value: unknown, room: number): number {
  switch (typeof value) {
    case 'string':
      return room - value.length * CHARACTER - 2;
    case 'number':
      return room - NUMBER;
    case 'boolean':
      return room - 5;
    case 'undefined': // left out, or `null` in a list
      return room - 4;
    case 'object':
      return value === null ? room - 4 : roomAfterObject(value, room);
    default:
      return 0;
  }
}

function roomAfterObject(value: object, room: number): number {
  const prototype: unknown = Object.getPrototypeOf(value);
  let left = room - 2;
  if (left <= 0 || 'toJSON' in value) return 0;
  if (prototype === Array.prototype) {
    for (const item of value as unknown[]) {
      left = roomAfter(item, left) - 1;
      if (left <= 0) return 0;
    }
  } else if (prototype === Object.prototype || prototype === null) {
    for (const key in value) {
      left = roomAfter((value as Record<string, unknown>)[key], left - key.length * CHARACTER) - 4;
      if (left <= 0) return 0;
    }
  } else return 0;
  return left;
}
