import { chunks, length, transferEncoding } from './hostile/bodies.ts';
import type { HostileRequest } from './hostile/build.ts';
import { fields, host, requestLine, target } from './hostile/heads.ts';
import { limits, smuggling } from './hostile/smuggling.ts';

export type { HostileRequest } from './hostile/build.ts';

/** The table, in the order in which a request is read. */
export const hostileRequests: readonly (readonly [part: string, rows: readonly HostileRequest[]])[] = [
  ['request line', requestLine],
  ['target', target],
  ['Host', host],
  ['header fields', fields],
  ['Content-Length', length],
  ['Transfer-Encoding', transferEncoding],
  ['chunks', chunks],
  ['smuggling', smuggling],
  ['limits', limits],
];
