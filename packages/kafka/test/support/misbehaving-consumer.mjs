// Two consumers as they should not be, on node-rdkafka alone, for a checker to find out:
// `early` has its offsets committed before its records are handled;
// `deaf` commits what it has handled, but goes on with what it has read when its partitions are taken away.
import { setTimeout as sleep } from 'node:timers/promises';
import kafka from 'node-rdkafka';
import { Ledger, now } from './ledger.mjs';
import './orphan.mjs';

const { mode, brokers, group, topics, ledger: file, workMs } = JSON.parse(process.argv[2]);
const ledger = new Ledger(file);
const isEarly = mode === 'early';
const tell = (msg) => process.stderr.write(`${JSON.stringify({ lvl: 'info', msg })}\n`);

const consumer = new kafka.KafkaConsumer(
  {
    'metadata.broker.list': brokers,
    'group.id': group,
    'session.timeout.ms': 6000,
    'heartbeat.interval.ms': 500,
    'enable.auto.commit': isEarly,
    'auto.commit.interval.ms': 100,
    rebalance_cb: (error, partitions) => {
      if (error.code === kafka.CODES.ERRORS.ERR__ASSIGN_PARTITIONS) consumer.assign(partitions);
      else consumer.unassign();
      tell('partitions assigned');
    },
  },
  { 'auto.offset.reset': 'earliest' },
);
consumer.setDefaultConsumeTimeout(100);
const read = [];

function poll() {
  consumer.consume(500, (error, records) => {
    if (error) tell(error.message);
    else read.push(...records);
    setImmediate(poll);
  });
}

async function work() {
  for (;;) {
    const record = read.shift();
    const begun = now();
    await sleep(workMs);
    if (record === undefined) continue;
    const { topic, partition, offset, key, value } = record;
    ledger.write({ topic, partition, offset, key: key?.toString() ?? null, sequence: Number(value) }, begun, 1);
    if (isEarly) continue;
    try {
      consumer.commit({ topic, partition, offset: offset + 1 });
    } catch (error) {
      tell(error.message);
    }
  }
}

consumer.connect({}, (error) => {
  if (error) throw error;
  consumer.subscribe([topics]);
  poll();
});
await work();
