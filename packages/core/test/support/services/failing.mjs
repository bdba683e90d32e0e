// A service with one thing wrong, by name: `node failing.mjs rejects`. Beside it stand a component and two resources in
// good order, which log that they are taken down.
import dns from 'node:dns';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Service } from '@patron/core';
import { log } from '@patron/log';

/** @typedef {import('@patron/core').Component} Component */
/** @typedef {import('@patron/core').ServiceOptions} ServiceOptions */

const never = () => new Promise(() => undefined);
/** @param {AbortSignal} signal */
const stopped = async (signal) => void (signal.aborted || (await once(signal, 'abort')));

/** @type {Component} */
const witness = {
  name: 'witness',
  async run({ signal }) {
    log.info('witness runs');
    await stopped(signal);
    log.info('witness stops');
  },
};
/** @param {string} name */
const resource = (name) => ({ name, close: async () => log.info(`${name} closes`) });
/** @param {Component['run']} run @returns {ServiceOptions} */
const withComponent = (run) => ({ name: 'failing', components: [{ name: 'culprit', run }, witness] });

/** @type {Record<string, () => Partial<ServiceOptions>>} */
const cases = {
  rejects: () => withComponent(() => Promise.reject(new Error('no broker'))),
  'rejects later': () =>
    withComponent(async () => {
      await sleep(20);
      throw new Error('no broker');
    }),
  throws: () =>
    withComponent(() => {
      throw new Error('no broker');
    }),
  // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what other people's code does
  'throws a string': () => withComponent(() => Promise.reject('no broker')),
  // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the same
  'throws undefined': () => withComponent(() => Promise.reject(undefined)),
  returns: () => withComponent(async () => undefined),
  'returns nothing': () => withComponent(/** @type {Component['run']} */ (/** @type {unknown} */ (() => undefined))),
  'ignores its signal': () => withComponent(({ deadline }) => stopped(deadline)),
  'rejects at the deadline': () =>
    withComponent(async ({ deadline }) => {
      await stopped(deadline);
      throw new Error('gave up');
    }),
  'ignores both signals': () =>
    withComponent(() => {
      setInterval(() => undefined, 1000);
      return never();
    }),
  'fails while stopping': () =>
    withComponent(async ({ signal }) => {
      await stopped(signal);
      await sleep(20);
      throw new Error('no broker');
    }),
  'lets its wait be aborted': () => withComponent(({ signal }) => sleep(60_000, undefined, { signal })),
  'thirty components': () => ({ components: Array.from({ length: 30 }, (_, i) => ({ ...witness, name: `witness ${i}` })) }),
  'two fail': () => ({
    components: [
      { name: 'culprit', run: () => Promise.reject(new Error('no broker')) },
      {
        name: 'accomplice',
        async run({ signal }) {
          await stopped(signal);
          throw new Error('no disk');
        },
      },
      witness,
    ],
  }),
  'port in use': () => ({ management: { port: 0 } }),
  'management port in use': () => ({ management: { port: Number(process.env['MANAGEMENT_PORT']) } }),
  'logger throws': () => ({
    logger: () => {
      throw new Error('no log server');
    },
  }),
  'SIGTERM before the listener is open': () => ({}),
  'SIGTERM when the components start': () =>
    withComponent(async ({ signal }) => {
      process.kill(process.pid, 'SIGTERM');
      await stopped(signal);
    }),
  'resource rejects': () => ({
    resources: [resource('first'), { name: 'culprit', close: () => Promise.reject(new Error('no broker')) }, resource('last')],
  }),
  'resource throws': () => ({
    resources: [
      resource('first'),
      {
        name: 'culprit',
        close() {
          throw new Error('no broker');
        },
      },
      resource('last'),
    ],
  }),
  'resource hangs': () => ({ resources: [resource('first'), { name: 'culprit', close: never }, resource('last')] }),
  'readyCheck throws': () => ({
    readyCheck() {
      throw new Error('no broker');
    },
  }),
  'aliveCheck throws': () => ({ aliveCheck: () => Promise.reject(new Error('no broker')) }),
  'readyCheck hangs': () => ({ readyCheck: () => new Promise(() => undefined) }),
  'info throws': () => ({
    components: [
      {
        ...witness,
        info() {
          throw new Error('no broker');
        },
      },
    ],
  }),
  'ready throws': () => ({
    components: [
      {
        ...witness,
        ready() {
          throw new Error('no broker');
        },
      },
    ],
  }),
  'uncaught error': () => ({
    http: {
      host: '127.0.0.1',
      handler(_, response) {
        response.end();
        setImmediate(() => {
          throw new Error('no broker');
        });
      },
    },
  }),
  'unhandled rejection': () => ({
    http: { host: '127.0.0.1', handler: (_, response) => void response.end(void Promise.reject(new Error('no broker'))) },
  }),
  'leaves a timer': () => ({
    onHangup: () => process.exit(3),
    components: [{ ...witness, run: ({ signal }) => (setInterval(() => undefined, 1000), stopped(signal)) }],
  }),
  'Ctrl-C twice': () => {
    // Another one as soon as the first is noticed: sent from outside at the same time, the two would arrive as one.
    process.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    return { resources: [{ name: 'slow', close: () => sleep(200) }] };
  },
  'hangs up': () => ({ onHangup: () => log.info('hung up') }),
  'hangup throws': () => ({ onHangup: () => Promise.reject(new Error('no broker')) }),
  'no hangup': () => ({}),
  slow: () => ({
    components: [
      {
        name: 'slow',
        async run({ signal, deadline }) {
          await stopped(signal);
          await stopped(deadline);
        },
      },
    ],
  }),
};

// The very last line: what was left open, whichever way the process ended.
process.on('exit', () => {
  const left = process.getActiveResourcesInfo().filter((kind) => kind !== 'PipeWrap' && kind !== 'Immediate');
  process.stderr.write(`${JSON.stringify({ lvl: 'test', msg: 'left open', left })}\n`);
});

const name = process.argv[2] ?? '';
const made = cases[name];
if (made === undefined) throw new Error(`no case ${name}`);
const early = name === 'SIGTERM before the listener is open';
if (early) {
  // The listener asks for its address first; until the signal has come there is none.
  const { lookup } = dns;
  const slowly = (/** @type {Parameters<typeof lookup>} */ ...args) => void setTimeout(() => lookup(...args), 200);
  Object.assign(dns, { lookup: slowly });
}
const service = new Service({
  name: 'failing',
  http: { host: early ? 'localhost' : '127.0.0.1' },
  components: [witness],
  resources: [resource('first'), resource('last')],
  ...made(),
});
const run = service.run();
if (early) process.kill(process.pid, 'SIGTERM');
try {
  await run;
} finally {
  // Closed handles go with the next turn of the loop.
  for (let i = 0; i < 2; i++) await new Promise((resolve) => setImmediate(resolve));
}
