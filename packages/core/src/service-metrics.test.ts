import { expect, test } from '@jest/globals';
import { metrics } from '@patron/trace';
import { startService } from '../test/running-service.ts';

const untilAborted = ({ signal }: { signal: AbortSignal }): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve()));

const linesOf = async (name: string): Promise<readonly string[]> =>
  (await metrics.scrape()).split('\n').filter((line) => line.startsWith(`${name}{`));

test('a service tells who it is, what it is doing, and how its components are', async () => {
  let isReady = false;
  const service = await startService({
    name: 'shop',
    version: '1.2.3',
    components: [{ name: 'orders', run: untilAborted, ready: () => isReady }],
  });
  await service.line({ message: 'http listening' });
  expect(await linesOf('patron_build_info')).toEqual([
    `patron_build_info{service="shop",version="1.2.3",node_version="${process.versions.node}"} 1`,
  ]);
  expect(await linesOf('patron_service_phase')).toEqual([
    'patron_service_phase{phase="starting"} 0',
    'patron_service_phase{phase="running"} 1',
    'patron_service_phase{phase="stopping"} 0',
  ]);
  expect(await linesOf('patron_component_state')).toContain('patron_component_state{component="orders",state="running"} 1');
  expect((await linesOf('patron_component_state')).filter((line) => line.endsWith(' 1'))).toHaveLength(1);
  expect(await linesOf('patron_component_ready')).toEqual(['patron_component_ready{component="orders"} 0']);
  isReady = true;
  expect(await linesOf('patron_component_ready')).toEqual(['patron_component_ready{component="orders"} 1']);
  await service.stop();
});

test('the next service in the process tells of itself and no more of the one before', async () => {
  const first = await startService({ name: 'first', components: [{ name: 'a', run: untilAborted }] });
  await first.stop();
  expect(await linesOf('patron_component_state')).toEqual([]);
  const second = await startService({ name: 'second', components: [{ name: 'b', run: untilAborted }] });
  expect(await linesOf('patron_build_info')).toEqual([expect.stringContaining('service="second"')]);
  expect(await linesOf('patron_component_ready')).toEqual(['patron_component_ready{component="b"} 1']);
  await second.stop();
});

test('what one service says of buckets holds for what was described before it, and not for the next service', async () => {
  const histogram = metrics.histogram({ name: 'test_service_seconds', help: 'For this test.', buckets: [5] });
  const first = await startService({ metrics: { buckets: { test_service_seconds: [1, 2] } } });
  expect(histogram.buckets).toEqual([1, 2]);
  await first.stop();
  const second = await startService({});
  expect(histogram.buckets).toEqual([5]);
  await second.stop();
});
