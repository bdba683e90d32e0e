import { metrics } from '@patron/trace';

/** Counts a request that was refused: by the route's pattern, and by the policy that refused it. */
export function countRefused(route: string | undefined, policy: string): void {
  metrics
    .counter({
      name: 'http_server_rate_limited_requests_total',
      help: 'Requests refused by a rate limit, by route and policy.',
      labels: ['http_route', 'policy'],
    })
    .labels({ http_route: route ?? '', policy })
    .inc();
}
