import type { Destination } from './destination.ts';
import type { Origin } from './origin.ts';
import { fillPath } from './path-template.ts';
import { encodeQuery } from './query.ts';
import type { ParamValue, Query } from './request-options.ts';

/** Where a call goes. */
export interface Target extends Origin {
  /** Path and query, as they are sent. */
  readonly path: string;
  /** The path in metrics and traces: low cardinality, or empty. */
  readonly template: string;
}

/** What a caller puts into a path. */
export interface Filling {
  readonly params?: Readonly<Record<string, ParamValue>> | undefined;
  readonly query?: Query | undefined;
  readonly route?: string | undefined;
}

/** A destination with its params and its query. What is wrong with them goes to `problems`. */
export function fill(destination: Destination, { params, query, route }: Filling, problems: string[]): Target {
  const { origin, address, port, template } = destination;
  const path = fillPath(destination.path, params, problems);
  const added = encodeQuery(query, problems);
  const search = destination.query === '' || added === '' ? destination.query + added : `${destination.query}&${added}`;
  return { origin, address, port, path: search === '' ? path : `${path}?${search}`, template: route ?? template };
}
