import type { Frame, Profile, ValueType } from './profile.ts';
import { ProtobufWriter } from './protobuf.ts';

/** All code of a service is one "binary" to a reader of profiles: this one, and it needs no symbols from anywhere. */
const MAPPING = 1;

/**
 * The profile in the pprof format (profile.proto of google/pprof), not yet compressed. Field numbers are that file's.
 * @param program - What a reader shows as the profiled file.
 */
export function encode(profile: Profile, program: string): Buffer {
  const out = new ProtobufWriter();
  const strings = new Table<string>((text) => text);
  strings.idOf(''); // the first string has to be the empty one
  const functions = new Table<Frame>(({ name, file, startLine }) => `${name}\0${file}\0${startLine}`);
  const locations = new Table<Frame>(({ name, file, startLine, line }) => `${name}\0${file}\0${startLine}\0${line}`);
  const valueType =
    ({ type, unit }: ValueType) =>
    (inner: ProtobufWriter): void => {
      inner.integer(1, strings.idOf(type));
      inner.integer(2, strings.idOf(unit));
    };

  for (const type of profile.types) out.message(1, valueType(type));
  for (const { stack, values } of profile.samples) {
    out.message(2, (sample) => {
      sample.packed(
        1,
        stack.map((frame) => locations.idOf(frame) + 1),
      );
      sample.packed(2, values);
    });
  }
  out.message(3, (mapping) => {
    mapping.integer(1, MAPPING);
    mapping.integer(5, strings.idOf(program));
    for (const has of [7, 8, 9]) mapping.integer(has, 1); // functions, files, lines
  });
  locations.all.forEach((frame, id) => {
    out.message(4, (location) => {
      location.integer(1, id + 1);
      location.integer(2, MAPPING);
      location.message(4, (line) => {
        line.integer(1, functions.idOf(frame) + 1);
        line.integer(2, frame.line);
      });
    });
  });
  functions.all.forEach(({ name, file, startLine }, id) => {
    out.message(5, (fn) => {
      fn.integer(1, id + 1);
      fn.integer(2, strings.idOf(name));
      fn.integer(3, strings.idOf(name));
      fn.integer(4, strings.idOf(file));
      fn.integer(5, startLine);
    });
  });
  out.integer(9, BigInt(profile.startedAt.getTime()) * 1_000_000n);
  out.integer(10, Math.round(profile.durationMs * 1e6));
  out.message(11, valueType(profile.period));
  out.integer(12, profile.period.every);
  out.packed(
    13,
    profile.comments.map((comment) => strings.idOf(comment)),
  );
  out.integer(14, strings.idOf(profile.shown));
  for (const text of strings.all) out.text(6, text);
  return out.bytes();
}

/** Numbers things in the order in which they are met; the same thing gets the same number. */
class Table<T> {
  readonly #ids = new Map<string, number>();
  readonly #keyOf: (thing: T) => string;
  readonly all: T[] = [];

  constructor(keyOf: (thing: T) => string) {
    this.#keyOf = keyOf;
  }

  idOf(thing: T): number {
    const key = this.#keyOf(thing);
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.all.push(thing) - 1;
      this.#ids.set(key, id);
    }
    return id;
  }
}
