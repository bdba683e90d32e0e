import type { Registry } from '../metrics/registry.ts';

/** What keeps the event loop alive: sockets, servers, timers, requests to the system. */
export function measureHandles(metrics: Registry): void {
  metrics.gauge(
    { name: 'nodejs_active_resources', help: 'Handles and requests that keep the event loop alive, by type.', labels: ['type'] },
    (gauge) => {
      const counts = new Map<string, number>();
      for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1);
      gauge.clear();
      for (const [type, count] of counts) gauge.labels({ type }).set(count);
    },
  );
}
