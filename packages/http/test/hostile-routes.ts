import { around, files } from './hostile/around.ts';
import { bodies, uploads } from './hostile/bodies.ts';
import type { HostileToRoutes } from './hostile/build.ts';
import { credentials, paths } from './hostile/paths.ts';

export type { HostileToRoutes } from './hostile/build.ts';

/** The table, in the order in which a request is looked at. */
export const hostileToRoutes: readonly (readonly [part: string, rows: readonly HostileToRoutes[]])[] = [
  ['round a guard', paths],
  ['credentials', credentials],
  ['JSON', bodies],
  ['uploads', uploads],
  ['files', files],
  ['around', around],
];
