// A service whose work is in a module that was compiled from TypeScript: its path is the first argument. It works all the time.
import { Service } from '@patron/core';
import { log } from '@patron/log';

const { burnCpu, keepMemory, wasteMemory, blockTheLoop } = await import(process.argv[2]);
const kept = [];

const service = new Service({
  name: 'profiled',
  version: '1',
  management: { heapProfiling: process.argv[3] === 'heap' },
  ...(process.argv[3] === 'watch' && { watchdog: { blockedMs: 200 } }),
  http: {
    host: '127.0.0.1',
    ...(process.argv[3] === 'impatient' && { writeTimeoutMs: 500 }),
    handler(request, response) {
      const [, what, ms] = request.url.split('/');
      if (what !== '') log.info('request');
      if (what === 'block') blockTheLoop(Number(ms));
      if (what === 'native') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(ms));
      response.end('ok');
    },
  },
});
// Called from one place that calls many functions, so that V8 inlines none of them: what is inlined is its caller's in a profile.
const jobs = [burnCpu, keepMemory, wasteMemory, () => undefined, () => null, () => 0];
const timer = setInterval(() => {
  if (process.argv[3] === 'watch') return;
  for (let i = 0; i < 10; i++) jobs[0]();
  for (const job of jobs) {
    const made = job();
    if (Array.isArray(made) && kept.length < 2000) kept.push(made);
  }
}, 5);
await service.run();
clearInterval(timer);
