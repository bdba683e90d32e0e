import { type LogLine, ServiceProcess } from '../../../../core/test/support/service-process.ts';
import type { Databases } from './databases.ts';
import { type ReceivedSpan, startOtlpReceiver } from './otlp-receiver.ts';

/** How the shop and its warehouse are started. */
export interface Visit {
  /** Of Node, for both. */
  readonly flags: readonly string[];
  /** Of the shop. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Asks; the services are stopped when it has settled. */
  ask(shop: Shop): Promise<unknown>;
}

export interface Shop {
  readonly url: string;
  readonly process: ServiceProcess;
}

/** What came of it, after both have ended. */
export interface Visited {
  readonly spans: readonly ReceivedSpan[];
  readonly shop: readonly LogLine[];
  /** How the shop, then the warehouse ended. */
  readonly codes: readonly (number | null)[];
}

const service = (file: string): URL => new URL(`./services/${file}`, import.meta.url);

/** The flag that loads a file of services first. */
export const importing = (file: string): string => `--import=${service(file).href}`;

/** Starts both, asks, stops both with SIGTERM, and tells what was exported meanwhile. */
export async function visit({ postgres, redis }: Databases, { flags, args = [], env = {}, ask }: Visit): Promise<Visited> {
  const receiver = await startOtlpReceiver();
  const common = {
    PATRON_HTTP_DEFAULT_PORT: '0',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    // Others ask the clouds where they are.
    OTEL_NODE_RESOURCE_DETECTORS: 'env',
    ...env,
  };
  const start = (name: string, own: Record<string, string>): ServiceProcess =>
    new ServiceProcess(service(`${name}.mjs`), name === 'shop' ? args : [], { ...common, OTEL_SERVICE_NAME: name, ...own }, flags);
  const warehouse = start('warehouse', {});
  const shop = start('shop', { POSTGRES: postgres, REDIS: redis, WAREHOUSE: await addressOf(warehouse) });
  try {
    await ask({ url: await addressOf(shop), process: shop });
  } finally {
    shop.kill('SIGTERM');
  }
  const { code } = await shop.ended();
  warehouse.kill('SIGTERM');
  const last = await warehouse.ended();
  await receiver.close();
  return { spans: receiver.spans, shop: shop.lines, codes: [code, last.code] };
}

async function addressOf(process: ServiceProcess): Promise<string> {
  return String((await process.line('http listening'))['address']);
}
