// What both clients go through: so many calls, some at once. Asked over IPC, a client's program makes them and answers with
// the CPU time that it used.

const atOnce = 16;

/**
 * @param {(port: number) => { call: () => Promise<unknown>, check: (value: unknown) => boolean }} open
 */
export function answerWith(open) {
  const measure = async (/** @type {{ port: number, warmUp: number, calls: number }} */ { port, warmUp, calls }) => {
    const { call, check } = open(port);
    const run = async (/** @type {number} */ count) => {
      let left = count;
      const one = async () => {
        while (left-- > 0) {
          const value = await call();
          if (!check(value)) throw new Error(`a wrong answer: ${JSON.stringify(value)}`);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, one));
    };
    await run(warmUp);
    const before = process.cpuUsage();
    const start = performance.now();
    await run(calls);
    const { user, system } = process.cpuUsage(before);
    return { cpuUs: (user + system) / calls, perSecond: (calls * 1000) / (performance.now() - start) };
  };
  process.on('message', (question) => {
    measure(/** @type {any} */ (question)).then(
      (result) => process.send?.(result),
      (error) => process.send?.({ error: error.message }),
    );
  });
}

export const isHello = (/** @type {any} */ value) => value.hello === 'world';
