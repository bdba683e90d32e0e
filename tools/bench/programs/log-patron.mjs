import { flush, log, setup, winston, withContext } from '../../../packages/log/dist/index.js';
import { answerWith } from './log-cases.mjs';

setup(winston({ output: 'stdout', style: 'json' }), { srv: 'hello', ver: '1.0.0', host: 'localhost' });

const request = log.sub({ correlationID: '0b9c3b5e-6f1e-4c0e-9a53-5d1b7f6a2c11' });

answerWith(
  {
    disabled: (index) => log.debug('looked up', { item: 'tea', left: index }),
    line: (index) => log.info('looked up', { item: 'tea', left: index }),
    sub: (index) => log.sub({ order: index }),
    subLine: (index) => log.sub({ order: index }).info('looked up', { item: 'tea', left: index }),
    contextLine: (index) => log.info('looked up', { item: 'tea', left: index }),
  },
  { inContext: (work) => withContext(request, work), flush },
);
