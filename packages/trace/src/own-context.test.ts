import { context, diag, DiagLogLevel, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { expect, test } from '@jest/globals';
import { ObjectCarrier } from './carrier.ts';
import { correlationId } from './correlation.ts';
import { inbound, outbound } from './inbound.ts';
import { defineTransport } from './operation.ts';
import { setup } from './setup.ts';

test('where patron was first, a context manager that comes later is refused and everything goes on', async () => {
  expect(await setup()).toMatchObject({ context: 'patron', spans: 'off' });
  const said: string[] = [];
  const note = (text: string): void => void said.push(text);
  diag.setLogger({ error: note, warn: note, info: note, debug: note, verbose: note }, DiagLogLevel.ERROR);
  expect(context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())).toBe(false);
  expect(said.join()).toContain('duplicate registration of API: context');

  const transport = defineTransport({
    kind: 'server',
    duration: { name: 'own_duration_seconds', help: 'For this test.' },
    labels: [],
    statusLabel: 'status',
  });
  const operation = transport.operation({ name: 'one', labels: {} });
  const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
  await inbound(operation, new ObjectCarrier({ 'x-correlation-id': 'order-1' }), async () => {
    await new Promise(setImmediate);
    expect(correlationId()).toBe('order-1');
    context.with(trace.setSpan(context.active(), trace.wrapSpanContext(span)), () => {
      const headers: Record<string, string> = {};
      outbound(operation, new ObjectCarrier(headers), () => undefined);
      expect(headers).toMatchObject({ 'x-correlation-id': 'order-1', traceparent: `00-${span.traceId}-${span.spanId}-01` });
    });
  });
  expect(await setup()).toMatchObject({ context: 'patron', spans: 'off' });
});
