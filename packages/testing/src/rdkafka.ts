import { TestingError } from './errors.ts';

type Rdkafka = typeof import('node-rdkafka');

/**
 * Loaded when a cluster is asked for, as not everybody who tests with brokers tests with Kafka. Only the default import works:
 * plain Node finds no names in this CommonJS module.
 */
export async function loadRdkafka(): Promise<Rdkafka> {
  try {
    return (await import('node-rdkafka')).default;
  } catch (cause) {
    throw missing(cause);
  }
}

function missing(cause: unknown): TestingError {
  // Found, but not compiled for this Node: reading "npm install" would send people in a circle.
  const isFound = !(cause instanceof Object && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND');
  const what = isFound
    ? `node-rdkafka is installed, but does not load in Node ${process.version}: \`npm rebuild node-rdkafka\` compiles it for this one`
    : 'an embedded Kafka needs node-rdkafka: `npm install --save-dev node-rdkafka`';
  return new TestingError('PATRON_TESTING_RDKAFKA_MISSING', what, { cause });
}
