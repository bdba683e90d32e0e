// The architecture of patron as data. The leaves import no @patron package; core composes what the application installed
// and imports no transport; transports are peers of core and never import each other. A change here is a decision: say
// why in the pull request.

/**
 * @typedef {object} ThirdParty
 * @property {boolean} [optionalPeer] installed by those who want it; the package works without
 * @property {string[]} [entries] the only entries of `exports` that may load it
 * @property {string[]} [brings] its own dependencies that are used too: loaded from where it stands, declared nowhere
 */

/**
 * @typedef {object} PackageRule
 * @property {string[]} patron our packages that it depends on
 * @property {string[]} [peers] our packages that the application installs: peerDependency, and devDependency here
 * @property {string[]} [optionalPeers] the same, where the package works without
 * @property {Record<string, ThirdParty>} thirdParty
 */

/** @type {ThirdParty} */
const anywhere = {};

/** @type {Record<string, PackageRule>} */
export const graph = {
  log: { patron: [], thirdParty: { winston: anywhere, pino: { optionalPeer: true, entries: ['./pino'] } } },
  reliability: { patron: [], thirdParty: {} },
  cache: { patron: [], thirdParty: { 'lru-cache': anywhere, ioredis: { optionalPeer: true, entries: ['./redis'] } } },
  trace: {
    patron: ['log'],
    thirdParty: {
      '@opentelemetry/api': anywhere,
      'prom-client': anywhere,
      // `./otlp` is imported lazily, once something is exported; and of the SDK only the parts that are needed, as all of it
      // takes up to 0.9 s to load.
      '@opentelemetry/sdk-node': {
        optionalPeer: true,
        entries: ['./otlp'],
        brings: [
          '@opentelemetry/otlp-transformer',
          '@opentelemetry/otlp-exporter-base',
          '@opentelemetry/otlp-grpc-exporter-base',
          '@grpc/grpc-js',
        ],
      },
    },
  },
  core: { patron: ['log', 'trace', 'reliability'], thirdParty: {} },
  http: {
    patron: ['log', 'trace', 'reliability', 'cache'],
    peers: ['core'],
    thirdParty: {
      undici: { entries: ['./client'] },
      '@fastify/busboy': { optionalPeer: true, entries: ['./multipart'] },
      '@fastify/send': { optionalPeer: true, entries: ['./static'] },
      jose: { optionalPeer: true, entries: ['./jwt'] },
    },
  },
  grpc: {
    patron: ['log', 'trace', 'reliability'],
    peers: ['core'],
    thirdParty: { '@grpc/grpc-js': anywhere, '@grpc/proto-loader': anywhere },
  },
  kafka: { patron: ['log', 'trace'], peers: ['core'], thirdParty: { 'node-rdkafka': anywhere } },
  amqp: { patron: ['log', 'trace'], peers: ['core'], thirdParty: { 'rhea-promise': anywhere } },
  sqs: {
    patron: ['log', 'trace'],
    peers: ['core'],
    thirdParty: { '@aws-sdk/client-sqs': anywhere, '@aws-sdk/client-sns': { optionalPeer: true, entries: ['./sns'] } },
  },
  sql: { patron: ['log', 'trace'], thirdParty: { pg: { optionalPeer: true }, mysql2: { optionalPeer: true } } },
  testing: {
    patron: [],
    optionalPeers: ['kafka', 'amqp', 'sqs'],
    // The broker inside of node-rdkafka is for those who test with Kafka; nobody else shall compile it.
    thirdParty: { 'node-rdkafka': { optionalPeer: true }, rhea: anywhere, fauxqs: anywhere },
  },
  cli: { patron: [], thirdParty: {} },
};
