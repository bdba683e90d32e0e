import type { Features, Harness } from './conformance/harness.ts';
import { life } from './conformance/life.ts';
import { order } from './conformance/order.ts';
import { outcomes } from './conformance/outcomes.ts';

export type { Features, Harness, Place, Sent, Wanted } from './conformance/harness.ts';

/** One promise of every transport. */
export interface ConformanceTest {
  readonly title: string;
  run(harness: Harness): Promise<void>;
}

/**
 * What every transport promises, as tests for any runner: each is given a place of its own. Those that a transport can't hold by its
 * nature are left out.
 *
 * @example
 * ```ts
 * import { conformance, memoryHarness } from '@patron/core/testing';
 *
 * const harness = memoryHarness();
 * for (const { title, run } of conformance(harness.features)) {
 *   await run(harness);
 *   console.log(title);
 * }
 * ```
 */
export function conformance(features: Features): readonly ConformanceTest[] {
  return [...life, ...outcomes, ...order]
    .filter(({ needs }) => needs?.(features) ?? true)
    .map(({ title, test }) => ({
      title,
      async run(harness) {
        const place = await harness.place();
        try {
          await test(place, harness.features);
        } finally {
          await place.close();
        }
      },
    }));
}
