// What every producer under measurement goes through: so many acknowledged sends, some thousands of them at once.

/**
 * @param {(options: { brokers: string, topic: string }) => Promise<() => Promise<unknown>>} open resolves to what sends one record
 */
export function answerWith(open) {
  process.on('message', (/** @type {any} */ { records, atOnce, ...options }) => {
    const measure = async () => {
      const send = await open(options);
      const run = async (/** @type {number} */ count) => {
        let left = count;
        const one = async () => {
          while (left-- > 0) await send();
        };
        await Promise.all(Array.from({ length: atOnce }, one));
      };
      await run(atOnce * 2);
      const before = process.cpuUsage();
      const start = performance.now();
      await run(records);
      const ms = performance.now() - start;
      const { user, system } = process.cpuUsage(before);
      return { perSecond: (records * 1000) / ms, cpuUs: (user + system) / records };
    };
    measure().then(
      (result) => process.send?.(result),
      (error) => process.send?.({ error: error.message }),
    );
  });
}

export const value = Buffer.alloc(200, 'x');
