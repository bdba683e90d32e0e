import { startKafka } from '../../services/kafka.mjs';
import { median } from '../lib/pairs.mjs';
import { Program, programFile } from '../lib/program.mjs';
import { toRow } from '../lib/row.mjs';

const partitions = 4;
const handlerMs = 20;

export const title =
  'backlog: 1,000,000 records of 200 bytes wait in 4 partitions of Apache Kafka, handlers of 20 ms, 16 at once, three minutes after one to warm up';
export const pairs = 1;
/** One long look. */
export const isExact = true;

/** @type {import('../main.mjs').Suite['measure']} */
export async function measure({ node, quick }, _machine, progress) {
  const records = quick ? 100_000 : 1_000_000;
  const [warmUpSeconds, seconds] = quick ? [15, 30] : [60, 180];
  progress('starting Kafka');
  const kafka = await startKafka({ nodes: 1 });
  const { brokers } = kafka;
  const ask = async (/** @type {string} */ file, /** @type {object} */ question) => {
    const program = new Program(programFile(file), { node, env: { NODE_ENV: 'production' } });
    try {
      return await program.ask({ brokers, topic: 'waiting', ...question }, 600_000);
    } finally {
      await program.end();
    }
  };
  try {
    await kafka.createTopic('waiting', partitions);
    progress(`filling a topic with ${records} records`);
    await ask('programs/kafka-fill.mjs', { records, keys: 10_000 });
    progress(`reading for ${warmUpSeconds + seconds} s`);
    const seen = await ask('programs/kafka-backlog-patron.mjs', { group: 'bench', handlerMs, warmUpSeconds, seconds });
    if (seen.handled > records / 2) throw new Error(`${seen.handled} of ${records} records were handled: that is no backlog`);
    const mb = (/** @type {number} */ value) => `${Math.round(value)} MB`;
    return {
      rows: [
        toRow({
          what: 'resident memory at the end',
          against: 'itself after the warm-up',
          unit: 'MB',
          ours: [median(seen.to)],
          theirs: [median(seen.from)],
          maxRatio: 1.1,
        }),
      ],
      notes: [
        `${mb(median(seen.from))} after the warm-up, ${mb(median(seen.to))} at the end, ${mb(seen.most)} at most`,
        `${seen.handled} records were handled; ${seen.mostHeld} were held at once at most, beside what librdkafka reads ahead`,
      ],
    };
  } finally {
    await kafka.stop();
  }
}
