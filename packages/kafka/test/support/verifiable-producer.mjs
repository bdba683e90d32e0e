// Sends records at a rate, each with its number among those of its key as its value, and writes down what was acknowledged. At a
// SIGTERM, or after `records` of them, it closes its producer, says on stdout what became of the promises, and ends.
import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaProducer } from '@patron/kafka';
import { Ledger, now } from './ledger.mjs';
import './orphan.mjs';

const { topic, ledger: file, rate, keys, records = Infinity, ...options } = JSON.parse(process.argv[2]);
const TURN_MS = 10;
const ledger = new Ledger(file);
const producer = new KafkaProducer(options);
const sequences = new Map();
const totals = { sent: 0, acknowledged: 0, rejected: 0, unsettled: 0, slowestMs: 0, codes: {} };
let isOver = false;
process.once('SIGTERM', () => (isOver = true));

async function send() {
  const key = `key-${totals.sent++ % keys}`;
  const sequence = sequences.get(key) ?? 0;
  sequences.set(key, sequence + 1);
  totals.unsettled++;
  const begun = now();
  try {
    const { partition, offset } = await producer.send({ topic, key, value: sequence });
    totals.acknowledged++;
    ledger.write({ topic, partition, offset, key, sequence }, begun, 0);
  } catch (error) {
    totals.rejected++;
    totals.codes[error.code] = (totals.codes[error.code] ?? 0) + 1;
  }
  totals.unsettled--;
  totals.slowestMs = Math.max(totals.slowestMs, (now() - begun) / 1000);
}

let owed = 0;
for (let last = now(); !isOver && totals.sent < records; ) {
  await sleep(TURN_MS);
  const at = now();
  // A machine that has stood still does not make up for it in one burst.
  owed = Math.min(owed + ((at - last) / 1e6) * rate, rate / 4);
  last = at;
  for (; owed >= 1 && totals.sent < records; owed--) void send();
}
await producer.close();
process.stdout.write(`${JSON.stringify(totals)}\n`);
