import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { freePort } from '../../../../../tools/services/ports.mjs';
import { OtlpReceiver } from '../../support/otlp/receiver.ts';
import { endAll, ServiceProcess } from '../../support/service-process.ts';

/** Jaeger's sampling endpoint, as far as an agent sees it. */
class SamplingEndpoint {
  body = '';
  status = 200;
  readonly asked: string[] = [];
  #server: Server | undefined;
  port = 0;

  async open(): Promise<void> {
    const server = createServer((request, response) => {
      this.asked.push(request.url ?? '');
      response.writeHead(this.status).end(this.body);
    });
    this.port ||= await freePort(); // the same one when it comes back
    this.#server = server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }
}

const endpoint = new SamplingEndpoint();
afterEach(() => endpoint.close());
afterAll(endAll);

const share = (samplingRate: number): string => JSON.stringify({ strategyType: 'PROBABILISTIC', probabilisticSampling: { samplingRate } });

test('a remote sampler does what its endpoint says now; while that is dead, broken or talks nonsense, what it said last', async () => {
  const receiver = await OtlpReceiver.open();
  endpoint.body = share(1);
  await endpoint.open();
  const service = new ServiceProcess('recorded.mjs', [], {
    PATRON_HTTP_DEFAULT_PORT: '0',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '5',
    OTEL_TRACES_SAMPLER: 'parentbased_jaeger_remote',
    OTEL_TRACES_SAMPLER_ARG: `endpoint=http://127.0.0.1:${endpoint.port}/sampling,pollingIntervalMs=50,initialSamplingRate=0`,
  });
  const url = `http://127.0.0.1:${await service.port()}/`;
  let requests = 0;
  let expected = 0;
  /** Asks once, and expects a span or none. */
  const ask = async (isRecorded: boolean): Promise<void> => {
    requests++;
    if (isRecorded) expected++;
    await fetch(url);
    await receiver.until(() => receiver.spans.length >= expected);
    expect(receiver.spans).toHaveLength(expected);
  };

  await service.lineWith({ msg: 'sampling strategy received', sampler: 'probabilistic 1' });
  await ask(true);

  endpoint.body = share(0);
  await service.lineWith({ msg: 'sampling strategy received', sampler: 'probabilistic 0' });
  await ask(false);

  endpoint.body = JSON.stringify({ strategyType: 'RATE_LIMITING', rateLimitingSampling: { maxTracesPerSecond: 1000 } });
  await service.lineWith({ msg: 'sampling strategy received', sampler: 'ratelimiting 1000/s' });
  await ask(true);

  endpoint.status = 500;
  endpoint.body = share(0); // an error's body is nobody's strategy
  await service.line('the sampling endpoint gives no strategy');
  await ask(true);

  endpoint.status = 200;
  for (const nonsense of [
    '<html>',
    'null',
    '[]',
    '{}',
    share(2),
    '{"probabilisticSampling":{"samplingRate":"1"}}',
    ' '.repeat(2_000_000),
  ]) {
    endpoint.body = nonsense;
    const until = endpoint.asked.length + 2;
    while (endpoint.asked.length < until) await new Promise((resolve) => setTimeout(resolve, 10));
    await ask(true);
  }

  await endpoint.close();
  await ask(true);

  endpoint.body = JSON.stringify({
    strategyType: 'PROBABILISTIC',
    operationSampling: {
      defaultSamplingProbability: 1,
      perOperationStrategies: [{ operation: 'GET', probabilisticSampling: { samplingRate: 0 } }],
    },
  });
  await endpoint.open();
  await service.lineWith({ msg: 'sampling strategy received', sampler: 'per operation (1), probabilistic 1 for others' });
  await ask(false);

  service.kill('SIGTERM');
  expect((await service.ended()).code).toBe(0);
  await receiver.close();
  expect(service.lines.find(({ msg }) => msg === 'spans')).toMatchObject({ ended: requests, exported: expected, dropped: {} });
  expect(new Set(endpoint.asked)).toEqual(new Set(['/sampling?service=recorded']));
  // Once for all of its troubles, however often it is asked.
  expect(service.messages().filter((message) => message === 'the sampling endpoint gives no strategy')).toHaveLength(1);
});
