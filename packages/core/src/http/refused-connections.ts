import { metrics } from '@patron/trace';

/** Counts a connection that was closed as it came, since the listener had all that it may have. */
export function countRefusedConnection(component: string): void {
  metrics
    .counter({
      name: 'http_server_refused_connections_total',
      help: 'Connections that were closed as they came, beyond the most that a listener may have.',
      labels: ['component'],
    })
    .labels({ component })
    .inc();
}
