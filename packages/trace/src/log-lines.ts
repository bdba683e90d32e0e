import { subscribe } from 'node:diagnostics_channel';
import { LINE_CHANNEL, LEVELS, shared } from '@patron/log';
import { metrics } from './metrics/registry.ts';

/** Counts log lines by level, once per process: @patron/log publishes, so that it need not know of metrics. */
export function countLogLines(): void {
  shared('logLineCounter', () => {
    const counter = metrics.counter({ name: 'log_lines_total', help: 'Log lines written, by level.', labels: ['level'] });
    const series = new Map<string, { inc(): void }>(LEVELS.map((level) => [level, counter.labels({ level })]));
    subscribe(LINE_CHANNEL, (message) => series.get((message as { level: string }).level)?.inc());
    return true;
  });
}
