import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { columns } from '../src/demo/text.ts';

jest.setTimeout(90_000);

const example = fileURLToPath(new URL('..', import.meta.url));

async function run(folder: string, env: NodeJS.ProcessEnv = {}): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [join(folder, 'demo.js')], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: code as number | null, out, err };
}

test('the demo does what it says, in 80 columns and without colours where there is no terminal', async () => {
  const { code, out, err } = await run(join(example, 'dist'));
  expect({ code, err }).toEqual({ code: 0, err: '' });
  for (const line of out.split('\n')) expect(columns(line)).toBeLessThanOrEqual(80);
  expect(out).not.toContain('\u001b');
  expect(out.match(/8 spans of 3 services/g)).toHaveLength(1);
  expect(out.match(/5 spans of 2 services/g)).toHaveLength(1);
  expect(out).toMatch(/shipping {3}consumer {6}process order\.placed .*█ .* ms$/m);
  expect(out.match(/shipp(ing|ed) +item=tea correlationID=demo-4711/g)).toHaveLength(2);
  expect(out).toMatch(/x-dead-letter-id: order\.placed\/\d\/\d .*\n +x-dead-letter-error-message: the body can't be decoded/);
  expect(out.replace(/\s+/g, ' ')).toContain('packed and committed all the same, 0 records are left behind; exit code 0');
  expect(out).toMatch(/warehouse {2}internal {8}find the shelf .*█ .* ms ✗/);
  expect(out.match(/nobody knows the shelf of gold/g)).toHaveLength(1);
  expect(out).toContain('http://jaeger:4318/v1/traces');
});

test('where no Kafka client can be compiled it says what is missing, and shows the rest', async () => {
  const missing = 'node-rdkafka is compiled on this machine, and make is missing for that.';
  const { code, out, err } = await run(join(example, 'dist'), { DEMO_WITHOUT_KAFKA: missing });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  for (const line of out.split('\n')) expect(columns(line)).toBeLessThanOrEqual(80);
  expect(out.replaceAll('\n', ' ')).toContain(missing);
  expect(out.match(/5 spans of 2 services/g)).toHaveLength(2);
  expect(out).not.toContain('shipping');
});

describe('the demo fails loudly', () => {
  // Beside dist, so that its imports find the same packages.
  const broken = mkdtempSync(join(example, '.broken-'));
  afterAll(() => rmSync(broken, { recursive: true, force: true }));

  test('where a service loses the trace', async () => {
    cpSync(join(example, 'dist'), broken, { recursive: true });
    const warehouse = join(broken, 'warehouse.js');
    writeFileSync(warehouse, `process.env['OTEL_SDK_DISABLED'] = 'true';\n${readFileSync(warehouse, 'utf8')}`);
    const { code, err } = await run(broken);
    expect(code).toBe(1);
    expect(err).toContain('the demo did not do what it says');
    expect(err).toContain('the span "warehouse: find the shelf" did not arrive');
  });

  test('where a worker drops the record that it is at', async () => {
    cpSync(join(example, 'dist'), broken, { recursive: true });
    const shipping = join(broken, 'shipping.js');
    writeFileSync(shipping, `process.on('SIGTERM', () => process.exit(3));\n${readFileSync(shipping, 'utf8')}`);
    const { code, err } = await run(broken);
    expect(code).toBe(1);
    expect(err).toContain('shipping commits what it has handled, but for 1');
    expect(err).toContain('shipping ends with 0, not 3');
  });

  test('where a service does not start, with what it said', async () => {
    cpSync(join(example, 'dist'), broken, { recursive: true });
    writeFileSync(join(broken, 'warehouse.js'), 'throw new Error("no shelves");\n');
    const { code, err } = await run(broken);
    expect(code).toBe(1);
    expect(err).toContain('no shelves');
  });
});
