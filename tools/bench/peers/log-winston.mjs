import { AsyncLocalStorage } from 'node:async_hooks';
import winston from 'winston';
import { answerWith } from '../programs/log-cases.mjs';

const log = winston.createLogger({
  level: 'info',
  format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
  defaultMeta: { srv: 'hello', ver: '1.0.0', host: 'localhost' },
  transports: [new winston.transports.Console()],
});

const context = new AsyncLocalStorage();
const request = log.child({ correlationID: '0b9c3b5e-6f1e-4c0e-9a53-5d1b7f6a2c11' });

answerWith(
  {
    disabled: (index) => log.debug('looked up', { item: 'tea', left: index }),
    line: (index) => log.info('looked up', { item: 'tea', left: index }),
    sub: (index) => log.child({ order: index }),
    subLine: (index) => log.child({ order: index }).info('looked up', { item: 'tea', left: index }),
    contextLine: (index) => context.getStore().info('looked up', { item: 'tea', left: index }),
  },
  { inContext: (work) => context.run(request, work) },
);
