// A service under load: / answers at once, /slow after five seconds. It ends as a service should, and says so by its exit code.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Service } from '@patron/core';

/** Whether the pool is open: who is served after it has been closed sees an error that should not be. */
let open = true;

const service = new Service({
  name: 'serving',
  http: {
    host: '127.0.0.1',
    async handler(request, response) {
      if (request.url === '/slow') await sleep(5000);
      response.statusCode = open ? 200 : 500;
      response.end('{"ok":true}');
    },
  },
  components: [{ name: 'consumer', run: async ({ signal }) => void (signal.aborted || (await once(signal, 'abort'))) }],
  resources: [{ name: 'pool', close: async () => void (open = false) }],
});
await service.run();
