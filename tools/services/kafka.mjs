import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { lastLines, run } from '../lib/run.mjs';
import { findKafka } from './kafka-libraries.mjs';
import { KafkaNode } from './kafka-node.mjs';
import { properties } from './kafka-properties.mjs';
import { createTopic, metadata } from './kafka-protocol.mjs';
import { freePorts } from './ports.mjs';
import { remove, sweep, temporary, writeState } from './state.mjs';

const leaderMs = 30_000;

/**
 * @typedef {object} KafkaOptions
 * @property {1 | 3} [nodes] default 1; of three, one may fail: topics have three replicas, of which two must be in sync
 * @property {number} [partitions] of a topic that is created by being used, default 4
 * @property {Record<string, string>} [settings] of the nodes, over those that are chosen here
 * @property {import('./kafka-properties.mjs').Security} [security] a further listener of each node, with TLS and SASL
 */

/**
 * @typedef {object} KafkaCluster
 * @property {string} brokers `host:port,…`
 * @property {string | undefined} secureBrokers the same of the listeners with TLS and SASL
 * @property {string} folder where its data and logs are, `node-1/server.log` among them
 * @property {readonly KafkaNode[]} nodes
 * @property {(name: string, partitions: number) => Promise<void>} createTopic resolves once every running node knows the leaders
 * @property {() => Promise<void>} stop ends the nodes and removes their data
 */

/**
 * Apache Kafka for a test, on free ports of the loopback interface, with its data in a temporary folder. It ends with the
 * process that calls this, also where that is killed.
 * @param {KafkaOptions} [options]
 * @returns {Promise<KafkaCluster>}
 */
export async function startKafka(options = {}) {
  await sweep();
  const folder = mkdtempSync(temporary);
  const reaper = spawn(process.execPath, [fileURLToPath(new URL('reaper.mjs', import.meta.url)), folder], {
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
  });
  // Neither keeps a process alive that has forgotten to stop what it started.
  reaper.unref();
  /** @type {import('node:net').Socket} */ (reaper.stdin).unref();
  try {
    const cluster = await launchKafka(folder, { ...options, owner: process.pid });
    return {
      ...cluster,
      async stop() {
        await cluster.stop();
        reaper.stdin.end();
      },
    };
  } catch (error) {
    reaper.stdin.end();
    throw error;
  }
}

/**
 * The same in a folder of the caller's, who sees to it that it ends.
 * @param {string} folder
 * @param {KafkaOptions & { owner: number | null }} options
 * @returns {Promise<KafkaCluster>}
 */
export async function launchKafka(folder, { nodes: count = 1, partitions = 4, settings = {}, security, owner }) {
  const { java, classPath } = await findKafka();
  const ports = await freePorts(3 * count);
  const members = Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    port: Number(ports[3 * index]),
    controllerPort: Number(ports[3 * index + 1]),
    securePort: Number(ports[3 * index + 2]),
    folder: join(folder, `node-${index + 1}`),
  }));
  const brokers = members.map(({ port }) => `127.0.0.1:${port}`).join(',');
  const secureBrokers = security && members.map(({ securePort }) => `127.0.0.1:${securePort}`).join(',');
  const since = new Date().toISOString();
  const note = () => {
    const pids = nodes.flatMap((node) => (node.isRunning ? [node.pid] : []));
    writeState(folder, { address: brokers, owner, since, pids });
  };
  const flags = ['-XX:+UseSerialGC', `-Xmx${count === 1 ? 512 : 384}m`, '-cp', classPath];
  const nodes = members.map(
    (member) => new KafkaNode(member, [java, ...flags, 'kafka.Kafka', join(member.folder, 'server.properties')], note),
  );
  const stop = () => remove(folder);
  try {
    note();
    await Promise.all(
      members.map(async (member) => {
        mkdirSync(member.folder, { recursive: true });
        writeFileSync(
          join(member.folder, 'server.properties'),
          properties(member, members, { partitions, settings, ...(security && { security }) }),
        );
      }),
    );
    await format(members, [java, ...flags], security?.users);
    await Promise.all(nodes.map((node) => node.start({ brokers: count })));
  } catch (error) {
    await stop();
    throw error;
  }
  return { brokers, secureBrokers, folder, nodes, stop, createTopic: (name, wanted) => makeTopic(nodes, name, wanted) };
}

/**
 * @param {readonly import('./kafka-properties.mjs').Member[]} members
 * @param {readonly string[]} command
 * @param {Readonly<Record<string, string>>} [users]
 */
async function format(members, [java = '', ...flags], users = {}) {
  const scram = Object.entries(users).flatMap(([name, password]) => ['--add-scram', `SCRAM-SHA-512=[name=${name},password=${password}]`]);
  const cluster = randomBytes(16).toString('base64url');
  await Promise.all(
    members.map(async ({ folder }) => {
      const args = [
        ...flags,
        'kafka.tools.StorageTool',
        'format',
        `--cluster-id=${cluster}`,
        '-c',
        join(folder, 'server.properties'),
        ...scram,
      ];
      const { code, output } = await run(java, args);
      if (code !== 0) throw new Error(`Kafka's data folder can't be made:\n\n${lastLines(output)}`);
    }),
  );
}

/**
 * @param {readonly KafkaNode[]} nodes
 * @param {string} name
 * @param {number} partitions
 */
async function makeTopic(nodes, name, partitions) {
  const running = nodes.filter((node) => node.answers);
  const [first] = running;
  if (!first) throw new Error(`the topic ${name} can't be created: no node of Kafka runs`);
  await createTopic(first.port, { name, partitions, replicas: nodes.length });
  const until = performance.now() + leaderMs;
  await Promise.all(
    running.map(async ({ port }) => {
      // The controller tells the nodes one after the other, and nobody else.
      while (!(await hasLeaders(port, name, partitions))) {
        if (performance.now() > until) throw new Error(`the topic ${name} has no leaders ${leaderMs / 1000} s after it was created`);
        await delay(20);
      }
    }),
  );
}

/**
 * @param {number} port
 * @param {string} name
 * @param {number} partitions
 */
async function hasLeaders(port, name, partitions) {
  const [topic] = (await metadata(port, [name])).topics;
  return topic?.error === 0 && topic.leaders.length === partitions && topic.leaders.every((leader) => leader >= 0);
}
