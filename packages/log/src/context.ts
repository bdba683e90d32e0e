import { AsyncLocalStorage } from 'node:async_hooks';
import { shared } from './shared.ts';

/**
 * An immutable bag of values that follows the flow of asynchronous work. Structurally the `Context` of
 * `@opentelemetry/api`, so that one store serves both without this package depending on it.
 */
export interface Context {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): Context;
  deleteValue(key: symbol): Context;
}

/** Where the current {@link Context} is kept: patron's own store, or the one of an SDK that came first. */
export interface ContextBackend {
  active(): Context | undefined;
  run<A extends unknown[], R>(context: Context, fn: (...args: A) => R, ...args: A): R;
}

/** The context store of the process. @internal */
export interface ContextStore extends ContextBackend {
  /** Moves the store into another context manager. Contexts that run already keep the one they started in. */
  use(backend: ContextBackend): void;
}

function createStore(): ContextStore {
  const storage = new AsyncLocalStorage<Context>();
  let foreign: ContextBackend | undefined;
  return {
    active: () => (foreign === undefined ? storage.getStore() : foreign.active()),
    run: (context, fn, ...args) => (foreign === undefined ? storage.run(context, fn, ...args) : foreign.run(context, fn, ...args)),
    use(backend) {
      foreign = backend;
    },
  };
}

/** One store for every copy of every patron package in the process. @internal */
export const contextStore: ContextStore = shared('context', createStore);

/** A context with one value more than its parent. */
class ChildContext implements Context {
  readonly #parent: Context | undefined;
  readonly #key: symbol;
  readonly #value: unknown;

  constructor(parent: Context | undefined, key: symbol, value: unknown) {
    this.#parent = parent;
    this.#key = key;
    this.#value = value;
  }

  getValue(key: symbol): unknown {
    return key === this.#key ? this.#value : this.#parent?.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return new ChildContext(this, key, value);
  }

  deleteValue(key: symbol): Context {
    return new ChildContext(this, key, undefined);
  }
}

/** `parent` with `key` set to `value`; without a parent, a context of its own. @internal */
export function childContext(parent: Context | undefined, key: symbol, value: unknown): Context {
  return new ChildContext(parent, key, value);
}

/** The key under which a context carries its logger. @internal */
export const LOGGER_KEY: symbol = Symbol.for('patron.v1.logger');
