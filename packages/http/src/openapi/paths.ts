/** A route's path as OpenAPI writes it, and what its params are called here and there. */
export interface PathTemplate {
  /** `/orders/{id}` */
  readonly template: string;
  /** The name of a param of the route, and its name in the template. They differ where another route has named it before. */
  readonly params: ReadonlyMap<string, PathParam>;
}

/** A param of a template. */
export interface PathParam {
  readonly name: string;
  /** Whether it takes all the rest, with its slashes: the param of `/files/*path`. OpenAPI has no word for that. */
  readonly rest: boolean;
}

/** OpenAPI takes `/orders/{id}` and `/orders/{number}` for one path, which stands once: the first name holds for all. */
export class PathTemplates {
  readonly #names = new Map<string, readonly string[]>();

  /** The templates of a route's path: two, where its last param may be left out (`/orders/:id?`). */
  of(path: string): PathTemplate[] {
    if (!path.endsWith('?')) return [this.#one(path)];
    const without = path.slice(0, path.lastIndexOf('/'));
    return [this.#one(path.slice(0, -1)), this.#one(without === '' ? '/' : without)];
  }

  #one(path: string): PathTemplate {
    const segments = path.split('/');
    const own = segments.filter(isParam).map((segment) => segment.slice(1));
    const shape = segments.map((segment) => (isParam(segment) ? '{}' : segment)).join('/');
    const names = this.#names.get(shape) ?? own;
    this.#names.set(shape, names);
    const params = new Map<string, PathParam>();
    const template = segments.map((segment) => {
      if (!isParam(segment)) return segment;
      const name = names[params.size] as string;
      params.set(segment.slice(1), { name, rest: segment.startsWith('*') });
      return `{${name}}`;
    });
    return { template: template.join('/'), params };
  }
}

function isParam(segment: string): boolean {
  return segment.startsWith(':') || segment.startsWith('*');
}
