import type { RequestListener } from 'node:http';
import { ConfigurationError } from '../errors.ts';
import { show } from '../show.ts';
import { type ListenerOptions, resolveListener } from './listener-options.ts';
import type { HttpListenerOptions } from './listener.ts';

/**
 * Checks the options of a listener that is a component of its own.
 * @throws ConfigurationError with everything that is wrong
 */
export function componentConfig(options: ListenerOptions & { name: string; handler: RequestListener }): HttpListenerOptions {
  if (typeof options !== 'object' || options === null)
    throw new ConfigurationError('the HTTP component', [`its options are ${show(options)}: { name, handler, port, … }`]);
  const { name, handler, ...listener } = options;
  const problems: string[] = [];
  if (typeof name !== 'string' || name.trim() === '') problems.push(`name is ${show(name)}: a component needs a name`);
  if (typeof handler !== 'function') problems.push(`handler is ${show(handler)}: it takes a request listener`);
  const config = resolveListener('', listener, {}, problems);
  if (problems.length > 0) throw new ConfigurationError(`component ${show(name)}`, problems);
  return { ...config, name, handler };
}
