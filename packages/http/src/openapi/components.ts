import type { JsonSchema } from './document.ts';
import type { Direction } from './json-schema.ts';

const PREFIX = '#/components/schemas/';
const DEFINITION = /^#\/(?:\$defs|definitions)\/([^/]+)$/;

/** Stands for the schema itself among its definitions; no library can have a definition of that name. */
const ROOT = '#';

type Definitions = ReadonlyMap<string, JsonSchema>;
type Names = ReadonlyMap<string, string>;

/**
 * The schemas that a document names. What libraries put into `$defs` comes here, once: two schemas that use the same
 * definition share it, and where two definitions of one name differ, the later one gets another.
 */
export class Components {
  readonly schemas: Record<string, JsonSchema> = {};

  /** What each of them was, with all that it points at: what tells whether another one is the same. */
  readonly #origins = new Map<string, string>();

  /** A schema for use in the document: its definitions are kept here, and what points at them points here. */
  adopt(schema: JsonSchema, direction: Direction, rootName: string): JsonSchema {
    const { $defs, definitions, ...root } = schema as Record<string, JsonSchema>;
    const found = new Map(Object.entries({ ...definitions, ...$defs }) as [string, JsonSchema][]);
    // A schema that contains itself needs a place that can be pointed at.
    const containsItself = [root, ...found.values()].some((one) => referencesIn(one).includes('#'));
    if (containsItself) found.set(ROOT, root);
    const names = new Map(
      [...found.keys()].map((key) => [key, this.#nameOf(key === ROOT ? rootName : key, originOf(key, found), direction)]),
    );
    for (const [key, definition] of found) this.schemas[names.get(key) as string] = rewritten(definition, names) as JsonSchema;
    return containsItself ? { $ref: referenceTo(names.get(ROOT) as string) } : (rewritten(root, names) as JsonSchema);
  }

  /** A schema of our own, under its name or the next one that is free. */
  add(name: string, schema: JsonSchema): JsonSchema {
    const free = this.#nameOf(name, JSON.stringify(schema), 'output');
    this.schemas[free] ??= schema;
    return { $ref: referenceTo(free) };
  }

  /** The schema that a reference points at; any other as it is. */
  resolve(schema: JsonSchema): JsonSchema {
    const passed = new Set<JsonSchema>(); // one that only points at itself says nothing
    for (let current = schema; ; ) {
      const reference = current['$ref'];
      const target =
        typeof reference === 'string' && reference.startsWith(PREFIX) ? this.schemas[reference.slice(PREFIX.length)] : undefined;
      if (target === undefined || passed.has(target)) return current;
      passed.add(target);
      current = target;
    }
  }

  #nameOf(wanted: string, origin: string, direction: Direction): string {
    for (let tries = 0; ; tries++) {
      const name = candidate(wanted, tries, direction);
      const other = this.#origins.get(name);
      if (other !== undefined && other !== origin) continue;
      this.#origins.set(name, origin);
      return name;
    }
  }
}

/** `Order`, `OrderOutput`, `Order3`. OpenAPI allows fewer characters in names of components than JSON Schema in those of definitions. */
function candidate(wanted: string, tries: number, direction: Direction): string {
  const name = wanted.replace(/^_+/, '').replace(/[^A-Za-z0-9._-]/g, '_') || 'Schema';
  if (tries === 0) return name;
  return tries === 1 ? `${name}${direction === 'output' ? 'Output' : 'Input'}` : `${name}${tries + 1}`;
}

/** A definition with all that it leads to, as text. */
function originOf(key: string, found: Definitions): string {
  const reached = new Map<string, JsonSchema | undefined>([[key, found.get(key)]]);
  for (const schema of reached.values()) {
    // A map may grow while it is walked: what is added here is visited later.
    for (const reference of referencesIn(schema)) {
      const next = keyOf(reference);
      if (next !== undefined && !reached.has(next)) reached.set(next, found.get(next));
    }
  }
  return JSON.stringify([...reached.values()]);
}

function referencesIn(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => (key === '$ref' && typeof value === 'string' ? [value] : referencesIn(value)));
}

function rewritten(schema: unknown, names: Names): unknown {
  if (Array.isArray(schema)) return schema.map((item) => rewritten(item, names));
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [
    key,
    key === '$ref' && typeof value === 'string' ? followed(value, names) : rewritten(value, names),
  ]);
  return Object.fromEntries(entries);
}

function followed(reference: string, names: Names): string {
  const name = names.get(keyOf(reference) ?? '');
  return name === undefined ? reference : referenceTo(name);
}

/** The definition that a reference names. */
function keyOf(reference: string): string | undefined {
  if (reference === '#') return ROOT;
  const pointer = DEFINITION.exec(reference)?.[1];
  return pointer === undefined ? undefined : decodeURIComponent(pointer).replaceAll('~1', '/').replaceAll('~0', '~');
}

function referenceTo(name: string): string {
  return PREFIX + name;
}
