import type { Route } from '../route.ts';

/** The ids of a document's operations: those that routes bring, and made ones that stay out of their way. */
export class OperationIds {
  readonly #taken = new Set<string>();
  readonly #given = new Map<string, Route>();
  readonly problems: string[] = [];

  constructor(list: readonly Route[]) {
    for (const route of list) {
      const { operationId, hidden } = route.options;
      if (operationId === undefined || hidden === true) continue;
      const other = this.#given.get(operationId);
      if (other === undefined) this.#given.set(operationId, route);
      else this.problems.push(`${labelOf(route)}: operationId ${JSON.stringify(operationId)} is that of ${labelOf(other)} already`);
    }
  }

  /** A route with two templates has two operations: the second one's id is told apart by its path. */
  of({ method, options }: Route, template: string): string {
    const { operationId } = options;
    if (operationId !== undefined && !this.#taken.has(operationId)) return this.#take(operationId);
    const made = operationId === undefined ? madeOf(method, template) : `${operationId}${suffixOf(template)}`;
    for (let i = 1; ; i++) {
      const candidate = i === 1 ? made : `${made}${i}`;
      if (!this.#taken.has(candidate) && !this.#given.has(candidate)) return this.#take(candidate);
    }
  }

  #take(id: string): string {
    this.#taken.add(id);
    return id;
  }
}

/** `GET /orders/{id}/items` is `getOrdersByIdItems`. */
function madeOf(method: string, template: string): string {
  return method.toLowerCase() + suffixOf(template);
}

function suffixOf(template: string): string {
  const words = template.replace(/\{(\w+)\}/g, 'by-$1').split(/[^A-Za-z0-9]+/);
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('') || 'Root';
}

function labelOf({ method, path }: Route): string {
  return `${method} ${path}`;
}
