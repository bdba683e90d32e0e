import { type TracerProvider, trace } from '@opentelemetry/api';

/** The tracer provider of an OpenTelemetry SDK, as far as it is needed here. */
interface SdkProvider extends TracerProvider {
  forceFlush?(): Promise<void>;
  shutdown?(): Promise<void>;
}

/** How long a stop waits for what the SDK has queued, however much time the service has left. */
const FLUSH_MS = 3000;

/** Lets the SDK that came first export what it has queued. Never rejects. @returns whether it was done in 3 s and before `signal` aborted */
export async function flushSdk(signal?: AbortSignal): Promise<boolean> {
  const flushed = sdkProvider().forceFlush?.();
  if (flushed === undefined) return true;
  return new Promise((resolve) => {
    const end = (isFlushed: boolean): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', late);
      resolve(isFlushed);
    };
    const late = (): void => end(false);
    const timer = setTimeout(late, FLUSH_MS);
    // What went wrong is for the SDK to tell: by OTEL_LOG_LEVEL.
    flushed.then(() => end(true), late);
    if (signal?.aborted === true) late();
    else signal?.addEventListener('abort', late);
  });
}

/**
 * Puts the end of the SDK off until the service has ended. Auto-instrumentation ends it at SIGTERM: of the requests that are in
 * flight then no span would be seen, and those of the services behind them would have no parent. And who follows OpenTelemetry's
 * own example ends the process as soon as it has ended.
 *
 * @returns what lets it end, at once where it was asked to
 */
export function holdSdk(): () => void {
  const provider = sdkProvider();
  if (provider.shutdown === undefined) return () => undefined;
  const shutdown = provider.shutdown.bind(provider);
  const own = Object.getOwnPropertyDescriptor(provider, 'shutdown');
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const held = async (): Promise<void> => {
    await released;
    await shutdown();
  };
  provider.shutdown = held;
  return () => {
    if (provider.shutdown === held) {
      if (own === undefined) delete provider.shutdown;
      else Object.defineProperty(provider, 'shutdown', own);
    }
    release();
  };
}

function sdkProvider(): SdkProvider {
  // The API hands out a proxy, so that tracers that were asked for before the registration work after it.
  const registered = trace.getTracerProvider() as SdkProvider & { getDelegate?(): SdkProvider };
  return registered.getDelegate?.() ?? registered;
}
