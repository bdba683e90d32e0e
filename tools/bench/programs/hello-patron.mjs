import { Service } from '../../../packages/core/dist/index.js';
import { get, routes } from '../../../packages/http/dist/index.js';

await new Service({ name: 'hello', http: routes([get('/hello/:name', ({ params }) => ({ hello: params.name }))]) }).run();
