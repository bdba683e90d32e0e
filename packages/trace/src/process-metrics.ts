import { memoryUsage, resourceUsage } from 'node:process';
import { shared } from '@patron/log';
import { metrics } from './metrics/registry.ts';

/** The metrics of the process itself, under the names that Prometheus' own client libraries use. Once per process. */
export function measureProcess(): void {
  shared('processMetrics', () => {
    metrics.gauge({ name: 'process_start_time_seconds', help: 'Start of the process, in seconds since the epoch.' }).set(startTime());
    metrics.counter({ name: 'process_cpu_seconds_total', help: 'User and system CPU time of the process.' }, (counter) => {
      const { userCPUTime, systemCPUTime } = resourceUsage();
      counter.advance((userCPUTime + systemCPUTime) / 1e6);
    });
    metrics.gauge({ name: 'process_resident_memory_bytes', help: 'Resident memory.' }, (gauge) => gauge.set(memoryUsage.rss()));
    metrics.gauge({ name: 'nodejs_heap_used_bytes', help: 'V8 heap in use.' }, (gauge) => gauge.set(memoryUsage().heapUsed));
    return true;
  });
}

function startTime(): number {
  return Math.round(performance.timeOrigin) / 1000;
}
