import { type Context as OtelContext, context as otel, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { type Context, contextStore, shared } from '@patron/log';

/** Whose store the context lives in. */
export type ContextOwner = 'patron' | 'sdk';

interface State {
  owner: ContextOwner | undefined;
}

const state = shared<State>('contextManager', () => ({ owner: undefined }));

/**
 * Makes patron's context and that of `@opentelemetry/api` one. Where no context manager is registered, patron's store
 * becomes it; where an SDK came first (its `setGlobalContextManager` can't be undone), patron's store moves into that.
 * Runs once, when the first operation is described, so that an SDK loaded with `--import` is seen.
 */
export function joinContexts(): ContextOwner {
  state.owner ??= hasManager() ? adopt() : register();
  return state.owner;
}

/** Only a registered manager makes a context active: the API's default one answers the root for ever. */
function hasManager(): boolean {
  const probe = ROOT_CONTEXT.setValue(createContextKey('patron probe'), true);
  return otel.with(probe, () => otel.active() === probe);
}

function adopt(): ContextOwner {
  contextStore.use({
    active: () => {
      const active = otel.active();
      return active === ROOT_CONTEXT ? undefined : active;
    },
    run: (context, fn, ...args) => otel.with(context as OtelContext, () => fn(...args)),
  });
  return 'sdk';
}

function register(): ContextOwner {
  otel.setGlobalContextManager({
    active: () => (contextStore.active() as OtelContext | undefined) ?? ROOT_CONTEXT,
    with: (context, fn, thisArg, ...args) => contextStore.run(context as Context, () => fn.apply(thisArg, args)),
    bind: (context, target) => {
      if (typeof target !== 'function') return target;
      const bound = function (this: unknown, ...args: unknown[]): unknown {
        return contextStore.run(context as Context, () => (target as (...rest: unknown[]) => unknown).apply(this, args));
      };
      Object.defineProperty(bound, 'length', { configurable: true, value: target.length });
      return bound as typeof target;
    },
    enable() {
      return this;
    },
    disable() {
      return this;
    },
  });
  return 'patron';
}
