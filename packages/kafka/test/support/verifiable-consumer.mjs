// A service with one consumer that writes down what it has handled, at the very end of the handler: what is in no ledger was not
// handled, whatever the group believes. A record's value is its number among those of its key.
import { setTimeout as sleep } from 'node:timers/promises';
import { Service } from '@patron/core';
import { KafkaComponent } from '@patron/kafka';
import { Ledger, now } from './ledger.mjs';
import './orphan.mjs';

/**
 * `slow`: the value whose record takes so long. `isHeedless`: its handlers do not care that their record is no longer theirs.
 * `isWatched`: it says at its end how much it has held at most.
 */
const { ledger: file, workMs = 0, slow, isHeedless = false, isWatched = false, ...options } = JSON.parse(process.argv[2]);
const ledger = new Ledger(file);
const most = { inAll: 0, ofPartition: 0 };
let running = 0;

async function handle({ topic, partition, offset, key, value, signal }) {
  const begun = now();
  const runningNow = ++running;
  if (isWatched) look();
  const name = key?.toString() ?? null;
  const ms = value === slow?.value ? slow.ms : workMs;
  try {
    if (ms > 0) await sleep(ms, undefined, isHeedless ? {} : { signal });
    ledger.write({ topic, partition, offset, key: name, sequence: value }, begun, runningNow);
  } finally {
    running--;
  }
}

/** Called when a handler begins: it holds most when records have just come, and then handlers begin. */
function look() {
  const { inFlight, partitions = {} } = component.info();
  most.inAll = Math.max(most.inAll, inFlight);
  for (const { held } of Object.values(partitions)) most.ofPartition = Math.max(most.ofPartition, held);
}

const component = new KafkaComponent({ name: 'consumer', ...options, handle });
const service = new Service({
  name: 'verifiable-consumer',
  http: { host: '127.0.0.1', port: 0 },
  components: [component],
});
await service.run();
if (isWatched) process.stderr.write(`${JSON.stringify({ lvl: 'test', msg: 'most held', ...most })}\n`);
