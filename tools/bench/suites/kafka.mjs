import { startKafka } from '../../services/kafka.mjs';
import { inTurn } from '../lib/pairs.mjs';
import { Program, programFile } from '../lib/program.mjs';
import { toRow } from '../lib/row.mjs';

export const title = 'kafka: one node of Apache Kafka beside it, 4 partitions, records of 200 bytes with a key and a header';
export const pairs = 5;

const consumers = {
  patron: { file: 'programs/kafka-consume-patron.mjs' },
  'node-rdkafka': { file: 'programs/kafka-consume-raw.mjs', batch: 1000 },
  'kafkajs, OTel, pino': { file: 'peers/kafka-consume-kafkajs.mjs' },
};
const producers = { patron: 'programs/kafka-produce-patron.mjs', 'node-rdkafka': 'programs/kafka-produce-raw.mjs' };

/** @typedef {{ perSecond: number, cpuUs: number }} Figures */

/** @type {import('../main.mjs').Suite['measure']} */
export async function measure({ pairs: count, node, quick }, _machine, progress) {
  progress('starting Kafka');
  const kafka = await startKafka({ nodes: 1 });
  const { brokers } = kafka;
  let groups = 0;
  /** @type {(file: string, question: object) => Promise<any>} */
  const ask = async (file, question) => {
    const program = new Program(programFile(file), {
      node,
      env: { NODE_ENV: 'production', OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
    });
    try {
      return await program.ask({ brokers, group: `bench-${groups++}`, ...question }, 240_000);
    } finally {
      await program.end();
    }
  };
  try {
    await kafka.createTopic('read', 4);
    await kafka.createTopic('one', 1);
    await kafka.createTopic('written', 4);
    const records = quick ? 50_000 : 400_000;
    progress(`filling a topic with ${records} records`);
    await ask('programs/kafka-fill.mjs', { topic: 'read', records, keys: 10_000 });
    await ask('programs/kafka-fill.mjs', { topic: 'one', records: 10_000, keys: 100 });
    const read = await inTurn(
      count,
      /** @type {(keyof typeof consumers)[]} */ (Object.keys(consumers)),
      (side) => ask(consumers[side].file, { topic: 'read', records, ...consumers[side] }),
      (line) => progress(`reading, ${line}`),
    );
    const lanes = await inTurn(
      quick ? 1 : Math.min(3, count),
      /** @type {('keys' | 'serial')[]} */ (['keys', 'serial']),
      (side) =>
        ask(consumers.patron.file, {
          topic: 'one',
          handlerMs: 5,
          ...(side === 'keys' ? { records: 10_000, ordering: 'key', concurrency: 100 } : { records: 1000 }),
        }),
      (line) => progress(`handlers of 5 ms, ${line}`),
    );
    const sent = quick ? 20_000 : 200_000;
    const written = await inTurn(
      count,
      /** @type {(keyof typeof producers)[]} */ (Object.keys(producers)),
      (side) => ask(producers[side], { topic: 'written', records: sent, atOnce: 5000 }),
      (line) => progress(`writing, ${line}`),
    );
    const of = (/** @type {Figures[]} */ results, /** @type {keyof Figures} */ figure) => results.map((one) => one[figure]);
    const raw = 'node-rdkafka';
    const js = 'kafkajs, OTel, pino';
    /** @type {(what: string, against: string, figure: keyof Figures, ours: Figures[], theirs: Figures[], goal?: object) => import('../lib/row.mjs').Row} */
    const row = (what, against, figure, ours, theirs, goal = {}) =>
      toRow({ what, against, unit: figure === 'cpuUs' ? 'µs' : '/s', ours: of(ours, figure), theirs: of(theirs, figure), ...goal });
    return {
      rows: [
        row('records read', raw, 'perSecond', read.patron, read[raw], { minRatio: 0.85 }),
        row('records read', js, 'perSecond', read.patron, read[js], { minRatio: 2 }),
        row('CPU per record read', raw, 'cpuUs', read.patron, read[raw]),
        row('CPU per record read', js, 'cpuUs', read.patron, read[js], { maxRatio: 0.5 }),
        row('10,000 records, 100 keys, handlers of 5 ms', 'one after the other', 'perSecond', lanes.keys, lanes.serial, { minRatio: 40 }),
        row('acknowledged sends', raw, 'perSecond', written.patron, written[raw], { minRatio: 0.9 }),
        row('CPU per send', raw, 'cpuUs', written.patron, written[raw]),
      ],
      notes: ['Kafka runs on the same cores: what it takes of them is taken from all sides'],
    };
  } finally {
    await kafka.stop();
  }
}
