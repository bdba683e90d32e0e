import { checkAuth } from './auth/check.ts';
import { checkContract, CONTRACT_OPTIONS } from './contract/check.ts';
import { checkPath, formsOf, shapeOf } from './path-pattern.ts';
import { checkRateLimit } from './rate-limit/options.ts';
import { checkTimeLimit } from './deadline/time-limit.ts';
import { METHODS, type Route } from './route.ts';
import type { PathPolicy } from './routing/path-policy.ts';

const KNOWN = ['auth', 'rateLimit', 'timeoutMs', 'middlewares', 'maxBodyBytes', ...CONTRACT_OPTIONS];

/** What is wrong with a list of routes, a sentence each. Callers of JavaScript reach this too: nothing is believed. */
export function checkRoutes(list: readonly Route[], policy: PathPolicy): string[] {
  const seen = new Map<string, string>();
  return list.flatMap((route, index) => {
    if (Array.isArray(route)) return [`route ${index} is a list of routes: spread it, [...group(…)]`];
    if (typeof route !== 'object' || route === null || !METHODS.includes(route.method))
      return [`route ${index} was not made by get(), post(), …`];
    const label = `route ${index}, ${route.method} ${String(route.path)}`;
    const problems = [...checkPath(route.path), ...checkHandler(route.handler), ...checkOptions(route)];
    if (problems.length === 0) {
      const shapes = formsOf(route.path).map((form) => `${route.method} ${shapeOf(form, policy)}`);
      const others = new Set(shapes.flatMap((shape) => seen.get(shape) ?? []));
      for (const other of others) problems.push(`answers the same requests as ${other}`);
      if (others.size === 0) for (const shape of shapes) seen.set(shape, label);
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
  if (options.rateLimit !== undefined) problems.push(...checkRateLimit(options.rateLimit).map((problem) => `rateLimit: ${problem}`));
  problems.push(...checkMiddlewares(options.middlewares), ...checkMaxBodyBytes(options.maxBodyBytes));
  problems.push(...checkAuth(options.auth, 'none'), ...checkTimeLimit(options.timeoutMs), ...checkContract(options));
  if (options.body !== undefined && (method === 'GET' || method === 'HEAD')) problems.push(`a ${method} has no body to validate`);
  return problems;
}

function describe(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : value === null || typeof value !== 'object' ? String(value) : 'an object';
}
