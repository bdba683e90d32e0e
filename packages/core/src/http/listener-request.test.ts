import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { IncomingMessage, Server } from 'node:http';
import { PerformanceObserver } from 'node:perf_hooks';
import { afterEach, expect, test } from '@jest/globals';
import { type RunningService, startService } from '../../test/running-service.ts';
import { Wire } from '../../test/support/wire.ts';

/** Under its own name: makes a line of `headers` of a line of the message. */
const prototype = IncomingMessage.prototype as unknown as { _addHeaderLine: (...line: unknown[]) => void };

/** What node:http tells performance observers of a request. */
interface HttpEntry {
  readonly detail: { readonly req: { readonly headers: Record<string, unknown> } };
}

let running: RunningService | undefined;
let wire: Wire | undefined;
const undo: (() => void)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0)) step();
  wire?.socket.destroy();
  await running?.stop();
  running = undefined;
});

/** Asks for a path and waits for the answer, a second time on the same connection. */
async function askTwice(handler: (request: IncomingMessage) => string): Promise<string> {
  running = await startService({ http: (request, response) => response.end(handler(request)) });
  wire = await Wire.open(running.port);
  await wire.request('/', 'X-Own: 1').answers(1);
  await wire.request('/', 'X-Own: 1').answers(2);
  return wire.received;
}

test('no headers object is made for a handler that does not ask for one', async () => {
  const { _addHeaderLine: add } = prototype;
  let lines = 0;
  prototype._addHeaderLine = function (...line) {
    lines++;
    add.apply(this, line);
  };
  undo.push(() => (prototype._addHeaderLine = add));
  expect(await askTwice(({ rawHeaders }) => rawHeaders.join())).toMatch(/X-Own,1/);
  expect(lines).toBe(0);
});

test('a handler that asks for the headers gets them, and can replace them', async () => {
  const received = await askTwice((request) => {
    const own = request.headers['x-own'];
    request.headers = { ...request.headers, 'x-own': '2' };
    return `${own} ${request.headers['x-own']}`;
  });
  expect(received).toMatch(/\r\n\r\n1 2HTTP[^]*\r\n\r\n1 2$/);
});

test.each(['http.server.request.start', 'http.server.response.created'])(
  'who follows requests by the channel %s sees their headers',
  async (name) => {
    const seen: unknown[] = [];
    const see = (message: unknown): void => void seen.push((message as { request: IncomingMessage }).request.headers['x-own']);
    subscribe(name, see);
    undo.push(() => unsubscribe(name, see));
    await askTwice(() => '');
    // The second one is new in Node 22.
    expect(seen).toEqual(name.endsWith('created') && process.versions.node.startsWith('20.') ? [] : ['1', '1']);
  },
);

test('a performance observer sees the headers of requests', async () => {
  const seen: unknown[] = [];
  const done = new Promise<void>((resolve) => {
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as unknown as HttpEntry[]) seen.push(entry.detail.req.headers['x-own']);
      if (seen.length === 2) resolve();
    });
    observer.observe({ entryTypes: ['http'] });
    undo.push(() => observer.disconnect());
  });
  await askTwice(() => '');
  await done;
  expect(seen).toEqual(['1', '1']);
});

test('an instrumentation that wraps the server’s emit sees the headers of requests', async () => {
  const { emit } = Server.prototype;
  const seen: unknown[] = [];
  Server.prototype.emit = function (this: Server, ...args: Parameters<typeof emit>) {
    if ((args[0] as string) === 'request') seen.push((args[1] as unknown as IncomingMessage).headers['x-own']);
    return emit.apply(this, args);
  } as typeof emit;
  undo.push(() => Reflect.deleteProperty(Server.prototype, 'emit'));
  await askTwice(() => '');
  expect(seen).toEqual(['1', '1']);
});

test('a request that expects what nobody can give is told so', async () => {
  running = await startService({ http: (_, response) => response.end() });
  wire = await Wire.open(running.port);
  await wire.request('/', 'eXpect: tea').answers(1);
  expect(wire.received).toMatch(/^HTTP\/1\.1 417 /);
});
