import { shared } from '@patron/log';
import { metrics } from '../metrics/registry.ts';
import { measureEventLoop } from './event-loop.ts';
import { measureGarbage } from './garbage.ts';
import { measureHandles } from './handles.ts';
import { measureHeap } from './heap.ts';
import { measureProcess } from './process.ts';

/** The metrics of the process and of its runtime. Once per process, whoever asks again. */
export function measureRuntime(): void {
  shared('runtimeMetrics', () => {
    for (const measure of [measureProcess, measureEventLoop, measureHeap, measureGarbage, measureHandles]) measure(metrics);
    return true;
  });
}
