import { join } from 'node:path';

/** @typedef {{ id: number, port: number, controllerPort: number, securePort?: number, folder: string }} Member */

/**
 * A listener for clients with TLS and SASL (PLAIN, SCRAM-SHA-512) beside the one without.
 * @typedef {object} Security
 * @property {string} key PKCS 8, as PEM
 * @property {string} cert as PEM; for 127.0.0.1
 * @property {Readonly<Record<string, string>>} users their passwords, without quotes, commas and brackets
 */

/**
 * The configuration of one node, which is broker and controller in one, on the loopback interface only.
 * @param {Member} member
 * @param {readonly Member[]} members all of them
 * @param {{ partitions: number, settings: Record<string, string>, security?: Security }} options
 */
export function properties({ id, port, controllerPort, securePort, folder }, members, { partitions, settings, security }) {
  const replicas = String(members.length);
  const quorum = String(Math.floor(members.length / 2) + 1);
  const all = {
    'process.roles': 'broker,controller',
    'node.id': String(id),
    'controller.quorum.voters': members.map((one) => `${one.id}@127.0.0.1:${one.controllerPort}`).join(','),
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': join(folder, 'data'),
    'auto.create.topics.enable': 'true',
    'num.partitions': String(partitions),
    'default.replication.factor': replicas,
    'min.insync.replicas': quorum,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': quorum,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': quorum,
    // 50 of each would keep the first member of the first group waiting until all of them are there.
    'offsets.topic.num.partitions': '6',
    'transaction.state.log.num.partitions': '6',
    // A first member need not wait 3 s for others.
    'group.initial.rebalance.delay.ms': '0',
    ...(security && secured(port, controllerPort, Number(securePort), security)),
    ...settings,
  };
  return Object.entries(all)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/**
 * @param {number} port
 * @param {number} controllerPort
 * @param {number} securePort
 * @param {Security} security
 */
function secured(port, controllerPort, securePort, { key, cert, users }) {
  const open = `PLAINTEXT://127.0.0.1:${port},SASL_SSL://127.0.0.1:${securePort}`;
  const pem = (/** @type {string} */ text) => text.replaceAll('\n', '\\n');
  const login = 'org.apache.kafka.common.security';
  const passwords = Object.entries(users).map(([name, password]) => `user_${name}="${password}"`);
  return {
    listeners: `${open},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': open,
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL',
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
    'listener.name.sasl_ssl.plain.sasl.jaas.config': `${login}.plain.PlainLoginModule required ${passwords.join(' ')};`,
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': `${login}.scram.ScramLoginModule required;`,
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.key': pem(key),
    'ssl.keystore.certificate.chain': pem(cert),
  };
}
