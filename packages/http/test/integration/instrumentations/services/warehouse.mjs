// Tells what it has of an item, and in whose name it was asked.
import { Service } from '@patron/core';
import { get, routes } from '@patron/http';
import { correlationId } from '@patron/trace';

const service = new Service({
  name: 'warehouse',
  http: {
    host: '127.0.0.1',
    handler: routes([get('/stock/:item', ({ params }) => ({ item: params.item, correlationId: correlationId() }))]),
  },
});
await service.run();
