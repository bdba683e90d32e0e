// In a thread of its own, which gives way to all others: reading the system's table takes milliseconds, and who measures
// answers has none to give.
import { constants, setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { connectionsOn } from '../../core/test/support/connections.mjs';

setPriority(0, constants.priority.PRIORITY_LOW); // 0 is the calling thread on Linux
for (;;) {
  parentPort?.postMessage(connectionsOn(workerData));
  await sleep(500);
}
