// A service as slow clients like it: / answers at once, /upload once it has read a body, /large with much to read.
import { Service } from '@patron/core';

const large = Buffer.alloc(8 * 1024 * 1024, 'x');

await new Service({
  name: 'reading',
  http: {
    host: '127.0.0.1',
    async handler(request, response) {
      if (request.url === '/upload') await request.toArray();
      response.end(request.url === '/large' ? large : '{"ok":true}');
    },
  },
}).run();
