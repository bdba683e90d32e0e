// Loaded with --import into a server that is measured: answers over IPC what the process has used so far, and records a CPU
// profile when asked to. The server's own code stays what a user would write.
import { writeFileSync } from 'node:fs';

/** Fine enough for a request of 20 µs: some hundred thousand of them make the picture. */
const sampleEveryUs = 200;

/** @type {import('node:inspector').Session | undefined} */
let session;

const commands = {
  cpu: async () => {
    const { user, system } = process.cpuUsage();
    return { cpuMs: (user + system) / 1000 };
  },

  // Loaded only now: a run without a profile is measured without the inspector.
  startProfile: async () => {
    const { Session } = await import('node:inspector');
    session = new Session();
    session.connect();
    await post('Profiler.enable');
    await post('Profiler.setSamplingInterval', { interval: sampleEveryUs });
    await post('Profiler.start');
    return {};
  },

  /** @param {{ file: string }} options */
  stopProfile: async ({ file }) => {
    const { profile } = await post('Profiler.stop');
    session?.disconnect();
    writeFileSync(file, JSON.stringify(profile));
    return {};
  },
};

process.on('message', (/** @type {any} */ { command, ...options }) => {
  /** @type {Record<string, (options: any) => Promise<object>>} */ (commands)[command]?.(options).then(
    (result) => process.send?.(result),
    (error) => process.send?.({ error: error.message }),
  );
});

/**
 * @param {string} method
 * @param {object} [parameters]
 * @returns {Promise<any>}
 */
function post(method, parameters) {
  return new Promise((resolve, reject) => {
    session?.post(method, parameters, (error, result) => (error ? reject(error) : resolve(result)));
  });
}
