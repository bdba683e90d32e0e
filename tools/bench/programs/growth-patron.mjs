import { Service } from '../../../packages/core/dist/index.js';
import { get, routes } from '../../../packages/http/dist/index.js';
import { patterns } from './growth-routes.mjs';

const list = patterns(Number(process.env['ROUTES'])).map((path) => get(path, () => ({ hello: 'world' })));

await new Service({ name: 'growth', http: routes(list) }).run();
