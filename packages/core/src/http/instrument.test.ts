import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { log } from '@patron/log';
import { activeOperation, correlationId, metrics } from '@patron/trace';
import express from 'express';
import { exchange } from '../../test/raw-client.ts';
import { type RunningService, startService } from '../../test/running-service.ts';
import { instrument, markInstrumented } from './instrument.ts';

const REPLACED = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** What the service under test does with its next requests. */
let handler: RequestListener = (_, response) => response.end();
let service: RunningService;
const rejections: unknown[] = [];
const onRejection = (error: unknown): void => void rejections.push(error);

beforeAll(async () => {
  process.on('unhandledRejection', onRejection);
  service = await startService({ http: (request, response) => handler(request, response) });
});
beforeEach(() => service.log.clear());
afterEach(async () => {
  expect(await settled()).toBe(0);
  expect(rejections).toEqual([]);
});
afterAll(async () => {
  process.off('unhandledRejection', onRejection);
  await service.stop();
});

const get = (headers: Record<string, string> = {}, path = '/'): Promise<Response> =>
  fetch(`http://127.0.0.1:${service.port}${path}`, { headers });

/** Answers of the application so far, by the rest of their labels. */
async function answers(labels: string): Promise<number> {
  await settled();
  const line = (await metrics.scrape())
    .split('\n')
    .find((text) => text.startsWith('http_server_request_duration_seconds_count') && text.includes(labels));
  return Number(line?.split(' ')[1] ?? 0);
}

/** Requests in flight once those that are over are counted: a client may have its answer a moment before. */
async function settled(): Promise<number> {
  for (let i = 0; i < 100 && (await active()) !== 0; i++) await wait(5);
  return active();
}

async function active(): Promise<number> {
  return [...(await metrics.scrape()).matchAll(/^http_server_active_requests\{.*\} (-?\d+)$/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
}

describe('the correlation id of a request to a plain listener', () => {
  test('is the one that came, and is echoed', async () => {
    handler = (_, response) => response.end(correlationId());
    const answer = await get({ 'x-correlation-id': 'order-4711' });
    expect([answer.headers.get('x-correlation-id'), await answer.text()]).toEqual(['order-4711', 'order-4711']);
  });

  test('is a new one for each request without one', async () => {
    handler = (_, response) => response.end(correlationId());
    const [first, second] = [await get(), await get()];
    expect(first.headers.get('x-correlation-id')).toMatch(REPLACED);
    expect(await first.text()).toBe(first.headers.get('x-correlation-id'));
    expect(second.headers.get('x-correlation-id')).not.toBe(first.headers.get('x-correlation-id'));
  });

  test.each([
    ['with a space', 'a b'],
    ['with markup', '<script>'],
    ['with a quote', '"quoted"'],
    ['with UTF-8', 'caf\xc3\xa9'],
    ['that forges a field', '{"correlationID":"x"}'],
    ['that expands', '${jndi:ldap://x}'],
    ['that is empty', ''],
    ['of 129 characters', 'a'.repeat(129)],
    ['that came twice', 'a\r\nX-Correlation-Id: b'],
  ])('%s is replaced, and neither echoed nor logged', async (_, hostile) => {
    handler = (_request, response) => {
      log.info('seen');
      response.end(correlationId());
    };
    const send = `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Correlation-Id: ${hostile}\r\n\r\n`;
    const { text } = await exchange(service.port, [send]);
    const echoed = /^X-Correlation-Id: (.*)\r$/m.exec(text)?.[1] ?? '';
    expect(echoed).toMatch(REPLACED);
    expect(service.log.find({ message: 'seen' })?.fields).toMatchObject({ correlationID: echoed });
    if (hostile !== '') expect(`${text}${JSON.stringify(service.log.lines)}`.includes(hostile)).toBe(false);
  });

  test('reaches an answer whose head is written as a list', async () => {
    handler = (_, response) => void response.writeHead(200, ['X-Own', '1']).end();
    const answer = await get({ 'x-correlation-id': 'order-1' });
    expect([answer.headers.get('x-own'), answer.headers.get('x-correlation-id')]).toEqual(['1', 'order-1']);
  });
});

describe('the context of a request to a plain listener', () => {
  const ids = (): unknown[] => service.log.lines.map(({ fields }) => fields['correlationID']);

  test('is there after awaits, timers, microtasks and immediates', async () => {
    handler = async (_, response) => {
      log.info('at once');
      await wait(5);
      log.info('after a timer');
      await Promise.resolve();
      setImmediate(() => {
        log.info('in an immediate');
        response.end();
      });
    };
    await get({ 'x-correlation-id': 'order-2' });
    expect(ids()).toEqual(['order-2', 'order-2', 'order-2']);
  });

  test.each([
    ['in one piece', ['hello']],
    ['in two', ['he', 'llo']],
  ])('is there in the listeners of the request and its answer, where the body comes %s', async (_, pieces) => {
    const closed = new Promise<void>((resolve) => {
      handler = (request, response) => {
        request.on('data', () => log.info('data'));
        request.once('end', () => {
          log.info('end');
          response.end();
        });
        response.once('finish', () => log.info('finish'));
        response.once('close', () => {
          log.info('close');
          resolve();
        });
      };
    });
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Correlation-Id: order-3\r\nContent-Length: 5\r\n\r\n';
    const [first = '', ...rest] = pieces;
    await exchange(service.port, [head + first, ...rest]);
    await closed;
    expect(service.log.findAll({ message: 'data' }).length).toBeGreaterThan(0);
    expect(new Set(ids())).toEqual(new Set(['order-3']));
    expect(service.log.find({ message: 'close' })).toBeDefined();
  });

  test('is there in the listener that hears of a client that went', async () => {
    const seen = new Promise<string | undefined>((resolve) => {
      handler = (request, response) => {
        response.once('close', () => resolve(correlationId()));
        request.socket.destroy();
      };
    });
    await get({ 'x-correlation-id': 'order-4' }).catch(() => undefined);
    expect(await seen).toBe('order-4');
  });

  test('of 200 requests at once are never mixed, nor on one connection one after the other', async () => {
    handler = async (request, response) => {
      for await (const chunk of request) void chunk;
      await wait(Math.random() * 5);
      response.end(correlationId());
    };
    const same = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const answer = await fetch(`http://127.0.0.1:${service.port}/`, {
          method: 'POST',
          body: 'x',
          headers: { 'x-correlation-id': `id-${i}` },
        });
        return (await answer.text()) === `id-${i}`;
      }),
    );
    expect(same.filter((one) => !one)).toHaveLength(0);
  });
});

/** Not a `Promise`, as those of libraries and of other realms are not. */
class Foreign {
  // oxlint-disable-next-line unicorn/no-thenable -- that is what it is for
  then(_: unknown, reject: (error: Error) => void): void {
    reject(new Error('secret'));
  }
}

describe('a plain listener that fails', () => {
  const failures: [string, RequestListener][] = [
    [
      'throws',
      () => {
        throw new Error('secret');
      },
    ],
    ['rejects', async () => Promise.reject(new Error('secret'))],
    [
      'throws later',
      async () => {
        await wait(1);
        throw new Error('secret');
      },
    ],
    [
      'throws what is no error',
      () => {
        throw 'secret';
      },
    ],
    ['answers a promise of another library', (() => new Foreign()) as RequestListener],
  ];
  test.each(failures)('%s: a logged 500 with a fixed body, counted once', async (_, failing) => {
    const before = await answers('http_response_status_code="500",error_type="500"');
    handler = failing;
    const answer = await get({ 'x-correlation-id': 'order-5' });
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      500,
      'application/json; charset=utf-8',
      '{"error":"Internal Server Error"}',
    ]);
    expect(service.log.findAll({ level: 'error' })).toMatchObject([{ message: 'request failed', fields: { correlationID: 'order-5' } }]);
    expect(await answers('http_response_status_code="500",error_type="500"')).toBe(before + 1);
  });

  test('sends none of the headers that were meant for the answer it did not get to', async () => {
    handler = (_, response) => {
      response.setHeader('Content-Encoding', 'gzip');
      response.setHeader('Set-Cookie', 'session=1');
      response.setHeader('ETag', '"x"');
      response.setHeader('Content-Length', 3);
      throw new Error('no');
    };
    const answer = await get({ 'x-correlation-id': 'order-6' });
    expect(await answer.text()).toBe('{"error":"Internal Server Error"}');
    expect([...answer.headers.keys()].sort()).toEqual([
      'connection',
      'content-length',
      'content-type',
      'date',
      'keep-alive',
      'x-correlation-id',
    ]);
  });

  test('in the middle of its answer cuts the connection: the client must not take it for the whole', async () => {
    const before = await answers('http_response_status_code="200",error_type="client_gone"');
    let closed: Promise<unknown> = Promise.resolve();
    handler = async (_, response) => {
      closed = new Promise((resolve) => response.once('close', resolve));
      response.write('half');
      await wait(1);
      throw new Error('no');
    };
    const answer = await get();
    await expect(answer.text()).rejects.toThrow('terminated');
    await closed;
    expect(service.log.findAll({ message: 'request failed' })).toHaveLength(1);
    expect(await answers('http_response_status_code="200",error_type="client_gone"')).toBe(before + 1);
  });

  test('after the end of its answer leaves the answer whole', async () => {
    handler = (_, response) => {
      response.end('x'.repeat(5_000_000));
      throw new Error('too late');
    };
    expect((await (await get()).text()).length).toBe(5_000_000);
    expect(service.log.findAll({ message: 'request failed' })).toHaveLength(1);
  });
});

describe('a request is counted once', () => {
  test.each([200, 204, 301, 404, 503])('by its status %i', async (status) => {
    const labels = `http_request_method="GET",url_scheme="http",http_response_status_code="${status}"`;
    const before = await answers(labels);
    handler = (_, response) => void response.writeHead(status).end();
    await fetch(`http://127.0.0.1:${service.port}/`, { redirect: 'manual' });
    expect(await answers(labels)).toBe(before + 1);
  });

  test('where listeners are wrapped twice, and under the id of the first', async () => {
    const labels = 'http_response_status_code="202"';
    const before = await answers(labels);
    const inner = instrument((_, response) => void response.writeHead(202).end(correlationId()));
    handler = instrument((request, response) => inner(request, response));
    expect(await (await get({ 'x-correlation-id': 'order-7' })).text()).toBe('order-7');
    expect(await answers(labels)).toBe(before + 1);
  });

  test('and not at all by us where the listener says that it does so itself', () => {
    const own: RequestListener = () => undefined;
    expect(instrument(markInstrumented(own))).toBe(own);
  });

  test('with a method that a stranger made up under _OTHER', async () => {
    handler = (_, response) => response.end();
    await exchange(service.port, ['M-SEARCH / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n']);
    expect(await answers('http_request_method="_OTHER"')).toBe(1);
  });
});

describe('requests whose clients go', () => {
  const PIPELINED = 'GET /wait HTTP/1.1\r\nHost: a\r\n\r\nGET /wait HTTP/1.1\r\nHost: a\r\n\r\n';
  const ways: [string, string, RequestListener][] = [
    ['before the answer', 'GET /wait HTTP/1.1\r\nHost: a\r\n\r\n', () => undefined],
    [
      'in the middle of their own body',
      'POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf',
      (request) => void request.resume(),
    ],
    ['in the middle of a body that nobody reads', 'POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf', () => undefined],
    ['after the head of the answer', 'GET /wait HTTP/1.1\r\nHost: a\r\n\r\n', (_, response) => response.flushHeaders()],
    ['in the middle of a stream', 'GET /wait HTTP/1.1\r\nHost: a\r\n\r\n', stream],
    ['with a second one waiting behind the first', PIPELINED, () => undefined],
    ['with a second one, answered, behind the first', PIPELINED, second],
  ];
  test.each(ways)('%s: 1,000 of them leave no request in flight', async (_, send, listener) => {
    const perClient = send.split('HTTP/1.1').length - 1;
    const closed: Promise<unknown>[] = [];
    let arrived: () => void = () => undefined;
    handler = (request, response) => {
      listener(request, response);
      closed.push(new Promise((resolve) => request.socket.once('close', resolve)));
      arrived();
    };
    for (let begun = 0; begun < 1000; begun = closed.length) {
      const all = new Promise<void>((resolve) => (arrived = () => closed.length === begun + 50 * perClient && resolve()));
      const clients = Array.from({ length: 50 }, () => connect(service.port, '127.0.0.1').on('error', () => undefined));
      for (const client of clients) client.write(send);
      await all;
      for (const client of clients) client.destroy();
    }
    await Promise.all(closed);
    expect(await settled()).toBe(0);
  });

  function stream(_: IncomingMessage, response: ServerResponse): void {
    const push = (): void => {
      while (!response.destroyed && response.write('x'.repeat(16_384)));
    };
    response.on('drain', push);
    push();
  }

  const answered = new WeakSet<object>();
  function second(request: IncomingMessage, response: ServerResponse): void {
    if (answered.has(request.socket)) response.end('second');
    answered.add(request.socket);
  }
});

describe('an express app', () => {
  const app = express();
  app.use(express.json());
  app.post('/orders', async (request, response) => {
    await wait(1);
    log.info('ordered', { item: (request.body as { item: string }).item });
    response.status(201).json({ id: correlationId() });
  });
  app.get('/fails', () => {
    throw new Error('secret');
  });
  app.use(
    '/nested',
    instrument((_, response) => response.end(String(activeOperation()?.operation.name))),
  );

  beforeEach(() => {
    app.set('env', 'production');
    handler = app as unknown as RequestListener;
  });

  test('gets correlation id, context and metrics, behind its body parser too', async () => {
    const before = await answers('http_response_status_code="201"');
    const answer = await fetch(`http://127.0.0.1:${service.port}/orders`, {
      method: 'POST',
      body: '{"item":"tea"}',
      headers: { 'content-type': 'application/json', 'x-correlation-id': 'order-8' },
    });
    expect(await answer.json()).toEqual({ id: 'order-8' });
    expect(answer.headers.get('x-correlation-id')).toBe('order-8');
    expect(service.log.find({ message: 'ordered' })?.fields).toMatchObject({ correlationID: 'order-8', item: 'tea' });
    expect(await answers('http_response_status_code="201"')).toBe(before + 1);
  });

  test('keeps its own way with errors, counted as the 500 that it sends', async () => {
    const before = await answers('http_response_status_code="500"');
    const answer = await get({ 'x-correlation-id': 'order-9' }, '/fails');
    expect([answer.status, answer.headers.get('x-correlation-id'), (await answer.text()).includes('secret')]).toEqual([
      500,
      'order-9',
      false,
    ]);
    expect(await answers('http_response_status_code="500"')).toBe(before + 1);
  });

  test('with a listener of patron below it counts once', async () => {
    const before = await answers('http_response_status_code="200"');
    expect(await (await get({}, '/nested/x')).text()).toBe('GET');
    expect(await answers('http_response_status_code="200"')).toBe(before + 1);
  });
});
