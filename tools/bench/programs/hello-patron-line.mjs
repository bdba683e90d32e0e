import { Service } from '../../../packages/core/dist/index.js';
import { get, routes } from '../../../packages/http/dist/index.js';
import { log } from '../../../packages/log/dist/index.js';

const hello = get('/hello/:name', ({ params }) => {
  log.info('looked up', { item: params.name });
  return { hello: params.name };
});

await new Service({ name: 'hello', http: routes([hello]) }).run();
