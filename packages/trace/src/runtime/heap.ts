import { memoryUsage } from 'node:process';
import type { Registry } from '../metrics/registry.ts';

// Loaded with the first scrape: half a millisecond of every start.
const v8 = (): typeof import('node:v8') => process.getBuiltinModule('node:v8');

/** The heap by space (semantic conventions, "V8 JS Engine"), and the memory beside it. */
export function measureHeap(metrics: Registry): void {
  const spaces = [
    ['v8js_memory_heap_used_bytes', 'Heap in use, by space.', 'v8js.memory.heap.used', 'space_used_size'],
    ['v8js_memory_heap_space_size_bytes', 'Heap that V8 has taken from the system, by space.', 'v8js.memory.heap.space.size', 'space_size'],
    [
      'v8js_memory_heap_space_available_size_bytes',
      'Heap that is taken and free, by space.',
      'v8js.memory.heap.space.available_size',
      'space_available_size',
    ],
  ] as const;
  for (const [name, help, otelName, field] of spaces) {
    metrics.gauge(
      {
        name,
        help,
        labels: ['v8js_heap_space_name'],
        otel: { name: otelName, unit: 'By', attributes: ['v8js.heap.space.name'] },
      },
      (gauge) => {
        for (const space of v8().getHeapSpaceStatistics()) gauge.labels({ v8js_heap_space_name: space.space_name }).set(space[field]);
      },
    );
  }
  // Not v8js.memory.heap.limit: that is the conventions' old name for the size of a space.
  metrics.gauge({ name: 'nodejs_heap_limit_bytes', help: 'What the heap may grow to before the process ends.' }, (gauge) =>
    gauge.set(v8().getHeapStatistics().heap_size_limit),
  );
  metrics.gauge({ name: 'nodejs_external_memory_bytes', help: 'Memory of objects outside of the heap, buffers among them.' }, (gauge) =>
    gauge.set(memoryUsage().external),
  );
  metrics.gauge({ name: 'nodejs_array_buffers_bytes', help: 'Memory of buffers, a part of the external memory.' }, (gauge) =>
    gauge.set(memoryUsage().arrayBuffers),
  );
}
