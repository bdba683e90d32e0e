import { AsyncLocalStorage } from 'node:async_hooks';
import pino from 'pino';
import { answerWith } from '../programs/log-cases.mjs';

// Synchronous, as patron writes: pino's buffered mode loses what it holds when the process dies.
const destination = pino.destination({ fd: 1, sync: true });
const log = pino({ base: { srv: 'hello', ver: '1.0.0', host: 'localhost' }, timestamp: pino.stdTimeFunctions.isoTime }, destination);

const context = new AsyncLocalStorage();
const request = log.child({ correlationID: '0b9c3b5e-6f1e-4c0e-9a53-5d1b7f6a2c11' });

answerWith(
  {
    disabled: (index) => log.debug({ item: 'tea', left: index }, 'looked up'),
    line: (index) => log.info({ item: 'tea', left: index }, 'looked up'),
    sub: (index) => log.child({ order: index }),
    subLine: (index) => log.child({ order: index }).info({ item: 'tea', left: index }, 'looked up'),
    contextLine: (index) => context.getStore().info({ item: 'tea', left: index }, 'looked up'),
  },
  { inContext: (work) => context.run(request, work), flush: () => destination.flushSync() },
);
