import { defineTransport, type Operation } from '@patron/trace';
import type { Method } from '../route.ts';
import type { Target } from './target.ts';

const transport = defineTransport({
  kind: 'client',
  duration: { name: 'http.client.request.duration', help: 'Duration of calls over HTTP, to the last byte of the answer.' },
  active: {
    name: 'http.client.active_requests',
    help: 'Calls over HTTP that are going on.',
    labels: ['http.request.method', 'server.address', 'server.port'],
  },
  labels: ['http.request.method', 'server.address', 'server.port', 'url.template'],
  statusLabel: 'http.response.status_code',
});

// What a caller puts into `route` or a host by mistake, ids for instance, ends here.
const MAX_OPERATIONS = 1000;
const OTHER = { address: '_other', port: '', template: '' };

/** The operations of one client, each described once. */
export class ClientOperations {
  readonly #known = new Map<string, Operation>();

  /** The operation of a call. Past the bound, calls to what is new share one per method, whose host is `_other`. */
  of(method: Method, { address, port, template }: Pick<Target, 'address' | 'port' | 'template'>): Operation {
    const key = `${method} ${address}:${port} ${template}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const isFull = this.#known.size >= MAX_OPERATIONS;
    const operation = isFull ? describe(method, OTHER) : describe(method, { address, port: String(port), template });
    if (!isFull) this.#known.set(key, operation);
    return operation;
  }
}

function describe(method: Method, { address, port, template }: { address: string; port: string; template: string }): Operation {
  return transport.operation({
    name: template === '' ? method : `${method} ${template}`,
    labels: { 'http.request.method': method, 'server.address': address, 'server.port': port, 'url.template': template },
  });
}
