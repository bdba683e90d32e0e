import { metrics } from '@patron/trace';

/** Why a request was turned away. */
export type ShedReason = 'event_loop_delay' | 'in_flight';

/** Counts a request that was turned away. */
export function countShed(reason: ShedReason): void {
  metrics
    .counter({
      name: 'http_server_shed_requests_total',
      help: 'Requests turned away by load shedding, by reason: event_loop_delay, in_flight.',
      labels: ['reason'],
    })
    .labels({ reason })
    .inc();
}
