/**
 * What every copy of a patron package in one process has to share. Packages are released one by one, so an
 * application can end up with two copies of @patron/log; a second context store would lose every correlation id.
 */
const KEY = Symbol.for('patron.v1');

type Shared = Record<string, unknown>;

/**
 * The value under `name` that all copies in this process share; `create` runs for the first copy that asks.
 * Its shape is a contract between versions: fields may be added, never renamed or removed within `patron.v1`.
 * @internal
 */
export function shared<T>(name: string, create: () => T): T {
  const host = globalThis as { [KEY]?: Shared };
  host[KEY] ??= Object.create(null) as Shared;
  const all = host[KEY];
  if (!(name in all)) all[name] = create();
  return all[name] as T;
}
