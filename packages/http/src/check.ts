import { checkPath, shapeOf } from './path-pattern.ts';
import { METHODS, type Route } from './route.ts';
import { isSchema } from './schema.ts';

const KNOWN = ['middlewares', 'maxBodyBytes', 'query', 'body'];

/** What is wrong with a list of routes, a sentence each. Callers of JavaScript reach this too: nothing is believed. */
export function checkRoutes(list: readonly Route[]): string[] {
  const seen = new Map<string, string>();
  return list.flatMap((route, index) => {
    if (typeof route !== 'object' || route === null || !METHODS.includes(route.method))
      return [`route ${index} was not made by get(), post(), …`];
    const label = `route ${index}, ${route.method} ${String(route.path)}`;
    const problems = [...checkPath(route.path), ...checkHandler(route.handler), ...checkOptions(route)];
    if (problems.length === 0) {
      const shape = `${route.method} ${shapeOf(route.path)}`;
      const other = seen.get(shape);
      if (other === undefined) seen.set(shape, label);
      else problems.push(`answers the same requests as ${other}`);
    }
    return problems.map((problem) => `${label}: ${problem}`);
  });
}

/** What is wrong with a list of middlewares. */
export function checkMiddlewares(middlewares: unknown): string[] {
  if (middlewares === undefined) return [];
  if (!Array.isArray(middlewares)) return ['middlewares has to be an array'];
  return middlewares.flatMap((item, index) =>
    typeof item === 'function' ? [] : [`middleware ${index} is ${describe(item)}, not a function`],
  );
}

/** What is wrong with a limit of bytes. */
export function checkMaxBodyBytes(value: unknown): string[] {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0)) return [];
  return [`maxBodyBytes is ${describe(value)}; it has to be a whole number of bytes, 0 or more`];
}

function checkHandler(handler: unknown): string[] {
  return typeof handler === 'function' ? [] : [`the handler is ${describe(handler)}, not a function`];
}

function checkOptions({ method, options }: Route): string[] {
  if (typeof options !== 'object' || options === null) return [`the options are ${describe(options)}, not an object`];
  const problems = Object.keys(options).flatMap((name) => (KNOWN.includes(name) ? [] : [`there is no option "${name}"`]));
  problems.push(...checkMiddlewares(options.middlewares), ...checkMaxBodyBytes(options.maxBodyBytes));
  for (const place of ['body', 'query'] as const) {
    if (options[place] !== undefined && !isSchema(options[place])) problems.push(`${place} is no Standard Schema (version 1)`);
  }
  if (options.body !== undefined && (method === 'GET' || method === 'HEAD')) problems.push(`a ${method} has no body to validate`);
  return problems;
}

function describe(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : value === null || typeof value !== 'object' ? String(value) : 'an object';
}
