import { beforeAll, test } from '@jest/globals';
import { setup } from '@patron/log';
import { memoryLog } from '@patron/log/testing';
import { conformance, memoryHarness } from '../testing.ts';

const harness = memoryHarness();

beforeAll(() => setup(memoryLog()));

test.each(conformance(harness.features).map(({ title, run }) => [title, run] as const))('in memory: %s', async (_title, run) => {
  await run(harness);
});
