import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Registry } from '../metrics/registry.ts';
import { Window } from './window.ts';

/** How often the delay is looked at; one wake-up of the process each. */
const RESOLUTION_MS = 20;

/**
 * How late the event loop is, and how busy (semantic conventions, "Node.js Runtime"). The percentiles are those of the last
 * window: a bad minute shows in its own minute. Looking begins with the first scrape: who is not scraped pays nothing.
 */
export function measureEventLoop(metrics: Registry): void {
  let loop: Window<LoopFigures> | undefined;
  const figures = (): LoopFigures => (loop ??= new Window(loopReader())).figures;
  for (const [name, what] of [
    ['p50', '50th percentile'],
    ['p90', '90th percentile'],
    ['p99', '99th percentile'],
    ['max', 'the longest'],
  ] as const) {
    metrics.gauge(
      {
        name: `nodejs_eventloop_delay_${name}_seconds`,
        help: `Delay of the event loop in the last window of ten seconds or more, ${what}.`,
        otel: { name: `nodejs.eventloop.delay.${name}`, unit: 's', attributes: [] },
      },
      (gauge) => gauge.set(figures()[name]),
    );
  }
  metrics.gauge(
    {
      name: 'nodejs_eventloop_utilization_ratio',
      help: 'Share of the last window of ten seconds or more in which the event loop was not idle.',
      otel: { name: 'nodejs.eventloop.utilization', unit: '1', attributes: [] },
    },
    (gauge) => gauge.set(figures().utilization),
  );
  metrics.counter(
    {
      name: 'nodejs_eventloop_time_seconds_total',
      help: 'Time that the event loop has been active and idle, by state.',
      labels: ['nodejs_eventloop_state'],
      otel: { name: 'nodejs.eventloop.time', unit: 's', attributes: ['nodejs.eventloop.state'] },
    },
    (counter) => {
      const { active, idle } = performance.eventLoopUtilization();
      counter.labels({ nodejs_eventloop_state: 'active' }).advance(active / 1000);
      counter.labels({ nodejs_eventloop_state: 'idle' }).advance(idle / 1000);
    },
  );
}

interface LoopFigures {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
  readonly utilization: number;
}

function loopReader(): (ends: boolean) => LoopFigures {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  let before = performance.eventLoopUtilization();
  return (ends) => {
    const now = performance.eventLoopUtilization();
    const figures = {
      p50: delay(histogram, 50),
      p90: delay(histogram, 90),
      p99: delay(histogram, 99),
      max: delay(histogram, 100),
      utilization: performance.eventLoopUtilization(now, before).utilization,
    };
    if (ends) {
      histogram.reset();
      before = now;
    }
    return figures;
  };
}

/** In seconds. Node counts the wait between two looks into the delay. */
function delay(histogram: IntervalHistogram, percentile: number): number {
  return histogram.count === 0 ? 0 : Math.max(0, histogram.percentile(percentile) / 1e9 - RESOLUTION_MS / 1000);
}
