// What every consumer under measurement goes through: told what to read, it answers with the time and the CPU time from its
// first record to its last.

/**
 * @param {(options: { brokers: string, topic: string, group: string } & Record<string, any>, seen: () => void) => Promise<void> | void} consume calls `seen` for each record
 */
export function answerWith(consume) {
  process.on('message', (/** @type {any} */ { records, ...options }) => {
    let count = 0;
    let start = 0;
    let before = process.cpuUsage();
    const seen = () => {
      if (count++ === 0) {
        start = performance.now();
        before = process.cpuUsage();
      }
      if (count !== records) return;
      const ms = performance.now() - start;
      const { user, system } = process.cpuUsage(before);
      process.send?.({ perSecond: (records * 1000) / ms, cpuUs: (user + system) / records, ms });
    };
    Promise.resolve(consume(options, seen)).catch((error) => process.send?.({ error: error.message }));
  });
}
