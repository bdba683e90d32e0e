import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { run } from '../lib/run.mjs';
import { repository } from '../lib/repository.mjs';
import { type KafkaCluster, startKafka } from './kafka.mjs';
import { findKafka, kafkaProblem } from './kafka-libraries.mjs';
import { metadata } from './kafka-protocol.mjs';
import { freePorts } from './ports.mjs';
import { runsIn } from './processes.mjs';
import { sweep, temporary, writeState } from './state.mjs';

const problem = kafkaProblem();
const isRequired = process.env['PATRON_REQUIRE_ALL'] === '1';
if (problem !== undefined && !isRequired) console.warn(`left out: ${problem}`);
const describeKafka = problem === undefined || isRequired ? describe : describe.skip;

const patientMs = 240_000;

describeKafka('Kafka for tests', () => {
  beforeAll(() => findKafka(), patientMs);

  describe('of one node', () => {
    let kafka: KafkaCluster;
    beforeAll(async () => {
      kafka = await startKafka();
    }, patientMs);
    afterAll(() => kafka.stop());

    test('is a broker on a loopback port once it is started', async () => {
      const [node] = kafka.nodes;
      expect(kafka.brokers).toBe(`127.0.0.1:${node!.port}`);
      expect((await metadata(node!.port)).brokers).toEqual([{ id: 1, host: '127.0.0.1', port: node!.port }]);
    });

    test('has a topic with all its leaders once it is created, and says why it can’t be created twice', async () => {
      await kafka.createTopic('orders', 12);
      const { topics } = await metadata(kafka.nodes[0]!.port, ['orders']);
      expect(topics).toEqual([{ error: 0, name: 'orders', leaders: Array.from({ length: 12 }, () => 1) }]);
      await expect(kafka.createTopic('orders', 12)).rejects.toThrow(/topic orders can't be created: .*already exists/);
    });

    test('answers nothing while it is frozen, and goes on when it thaws', async () => {
      const [node] = kafka.nodes;
      await node!.pause();
      await expect(metadata(node!.port)).rejects.toThrow(/no answer from port \d+ within 2000 ms/);
      node!.resume();
      expect((await metadata(node!.port)).controller).toBe(1);
    });

    test(
      'has its port and its data after a restart, and its process is another one',
      async () => {
        await kafka.createTopic('kept', 3);
        const [node] = kafka.nodes;
        const { port, pid } = node!;
        await node!.restart();
        expect(node!.port).toBe(port);
        expect(node!.pid).not.toBe(pid);
        expect((await metadata(port, ['kept'])).topics[0]).toMatchObject({ error: 0, leaders: [1, 1, 1] });
      },
      patientMs,
    );

    test(
      'comes back with its data after a kill -9',
      async () => {
        const [node] = kafka.nodes;
        await node!.kill();
        await expect(metadata(node!.port)).rejects.toThrow(/ECONNREFUSED/);
        await expect(kafka.createTopic('nowhere', 1)).rejects.toThrow('no node of Kafka runs');
        await node!.restart();
        expect((await metadata(node!.port, ['orders'])).topics[0]).toMatchObject({ error: 0, name: 'orders' });
      },
      patientMs,
    );
  });

  test(
    'of three nodes goes on without one of them, and stop() ends frozen ones too and leaves no folder',
    async () => {
      const kafka = await startKafka({ nodes: 3, partitions: 6 });
      const { folder } = kafka;
      const pids = kafka.nodes.map(({ pid }) => pid);
      expect(await Promise.all(pids.map((pid) => runsIn(pid, folder)))).toEqual([true, true, true]);
      await kafka.nodes[0]!.kill('SIGKILL');
      const { port } = kafka.nodes[1]!;
      await until(async () => (await metadata(port)).brokers.length === 2);
      await kafka.createTopic('orders', 6);
      const { topics } = await metadata(port, ['orders']);
      expect(topics[0]?.leaders).not.toContain(1);
      await kafka.nodes[2]!.pause();
      await kafka.stop();
      expect(await Promise.all(pids.map((pid) => runsIn(pid, folder)))).toEqual([false, false, false]);
      expect(existsSync(folder)).toBe(false);
    },
    patientMs,
  );

  test(
    'takes settings for its nodes, and one that Kafka refuses is in the error',
    async () => {
      await expect(startKafka({ settings: { 'log.retention.hours': 'never' } })).rejects.toThrow(/never/);
    },
    patientMs,
  );

  test(
    'ends with a test run that is killed',
    async () => {
      const source = `
      const { startKafka } = await import(${JSON.stringify(new URL('kafka.mjs', import.meta.url).href)});
      const kafka = await startKafka();
      console.log(JSON.stringify({ folder: kafka.folder, pid: kafka.nodes[0].pid }));
      setInterval(() => {}, 1000);`;
      const owner = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [line] = (await once(owner.stdout, 'data')) as [Buffer];
      const { folder, pid } = JSON.parse(String(line)) as { folder: string; pid: number };
      expect(await runsIn(pid, folder)).toBe(true);
      owner.kill('SIGKILL');
      await until(async () => !(await runsIn(pid, folder)) && !existsSync(folder));
    },
    patientMs,
  );
});

describeKafka('Kafka at a desk', () => {
  const services = (...args: string[]) => run(process.execPath, [join(repository, 'tools', 'services', 'main.mjs'), ...args]);
  afterEach(() => services('down'));

  test(
    'goes up, is listed, goes up only once, and goes down with its data',
    async () => {
      await services('down');
      expect((await services('status')).output).toBe('nothing is up\n');
      const { code, output } = await services('up', 'kafka');
      expect({ code, output }).toMatchObject({ code: 0, output: expect.stringMatching(/^127\.0\.0\.1:\d+$/m) });
      const [address = '', port] = /^127\.0\.0\.1:(\d+)$/m.exec(output) ?? [];
      expect((await metadata(Number(port))).brokers).toHaveLength(1);
      const again = await services('up', 'kafka');
      expect(again.output).toContain('Kafka is up already');
      expect(again.output).toContain(address);
      const { output: listed } = await services('status');
      expect(listed).toContain(`kafka  ${address}  since`);
      const [, pid] = /processes (\d+)/.exec(listed) ?? [];
      const [, folder = ''] = /data and logs in (.+)$/m.exec(listed) ?? [];
      await services('down');
      expect(existsSync(folder)).toBe(false);
      expect(await runsIn(Number(pid), folder)).toBe(false);
    },
    patientMs,
  );
});

describe('the services', () => {
  test.each([
    [['up', 'rabbit'], /usage: npm run services/],
    [['up', 'kafka', '--nodes', '2'], /--nodes is 1 or 3, not 2/],
    [['up', 'kafka', '--partitions', '0'], /--partitions is a number from 1 to 9999, not 0/],
    [['up', 'kafka', '--node', '3'], /Unknown option '--node'/],
  ])('%j is answered with what is possible', async (args, said) => {
    const { code, output } = await run(process.execPath, [join(repository, 'tools', 'services', 'main.mjs'), ...args]);
    expect(code).toBeGreaterThan(0);
    expect(output).toMatch(said);
    expect(output).not.toContain('    at ');
  });

  test('a machine without Java reads what Kafka needs', () => {
    expect(kafkaProblem({ PATH: '/nowhere' })).toBe(
      'Kafka needs Java 17 or later, and `java` does not start. Debian, Ubuntu: apt-get install openjdk-17-jre-headless maven',
    );
  });

  test('free ports are different, below those of outgoing connections, and nobody listens there', async () => {
    const ports = await freePorts(20);
    expect(new Set(ports).size).toBe(20);
    for (const port of ports) {
      expect(port).toBeLessThan(32_768);
      const server = createServer().listen(port, '127.0.0.1');
      await once(server, 'listening');
      server.close();
    }
  });

  test('what a killed run has left is removed, a process that took one of its numbers is spared', async () => {
    const [stale, live] = ['stale', 'live'].map((name) => `${temporary}test-${process.pid}-${name}`) as [string, string];
    for (const folder of [stale, live]) mkdirSync(folder);
    const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const inFolder = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', stale]);
    const ended = once(inFolder, 'exit');
    const gone = spawn(process.execPath, ['-e', '']);
    await once(gone, 'exit');
    const state = { address: '', since: '', pids: [Number(bystander.pid), Number(inFolder.pid)] };
    writeState(stale, { ...state, owner: Number(gone.pid) });
    writeState(live, { ...state, owner: process.pid });
    await sweep();
    await ended;
    expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
    expect(existsSync(stale)).toBe(false);
    expect(existsSync(live)).toBe(true);
    bystander.kill();
    writeState(live, { ...state, pids: [], owner: Number(gone.pid) });
    await sweep();
    expect(existsSync(live)).toBe(false);
  });
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(50);
}
