// In a thread of its own: reading the system's table takes milliseconds, which nobody who measures answers has.
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { connectionsOn } from '../../core/test/support/connections.mjs';

for (;;) {
  parentPort?.postMessage(connectionsOn(workerData));
  await sleep(200);
}
