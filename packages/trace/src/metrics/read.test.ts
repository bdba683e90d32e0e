import { describe, expect, test } from '@jest/globals';
import prom from 'prom-client';
import { reader } from './read.ts';
import { Registry } from './registry.ts';

describe('a metric that is read from somewhere else', () => {
  test('is waited for', async () => {
    const registry = new Registry();
    registry.gauge({ name: 'depth', help: 'D.' }, async (gauge) => {
      await new Promise((resolve) => setImmediate(resolve));
      gauge.set(4);
    });
    expect(await registry.scrape()).toContain('depth 4\n');
  });

  test('is left out where that fails, once said by its name, and no error goes anywhere else', async () => {
    const registry = new Registry();
    registry.gauge({ name: 'broken', help: 'B.' }, () => Promise.reject(new Error('no')));
    registry.gauge({ name: 'whole', help: 'W.' }).set(1);
    const failed: unknown[] = [];
    expect(await registry.scrape('prometheus', (name, error) => failed.push([name, (error as Error).message]))).toContain('whole 1\n');
    expect(failed).toEqual([['broken', 'no']]);
  });

  test('that hangs is left out after a while, is not asked again meanwhile, and is back when it answers', async () => {
    let asked = 0;
    let answer: (value: number) => void = () => undefined;
    const read = reader(() => {
      asked++;
      return new Promise<number>((resolve) => (answer = resolve));
    }, 20);
    await expect(read()).rejects.toThrow('it was not read within 20 ms');
    await expect(read()).rejects.toThrow('it was not read within 20 ms');
    expect(asked).toBe(1);
    const third = read();
    answer(7);
    expect(await third).toBe(7);
    const fourth = read();
    answer(8);
    expect(await fourth).toBe(8);
    expect(asked).toBe(2);
  });

  test('of prom-client does not hold the scrape for ever', async () => {
    const registry = new Registry();
    const taken = { registers: [registry as unknown as prom.Registry] };
    new prom.Gauge({ name: 'hangs', help: 'H.', collect: () => new Promise<void>(() => undefined), ...taken });
    registry.gauge({ name: 'whole', help: 'W.' }).set(1);
    const failed: string[] = [];
    expect(await registry.scrape('prometheus', (name) => failed.push(name))).toContain('whole 1\n');
    expect(failed).toEqual(['hangs']);
  });
});
