import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { dashboard, queries } from './support/dashboard.ts';

const root = new URL('../../../', import.meta.url);
const example = new URL('../', import.meta.url);

function read(path: string, from: URL = example): unknown {
  return parse(readFileSync(new URL(path, from), 'utf8'), { strict: true, uniqueKeys: true });
}

interface Compose {
  services: Record<string, { image: string; ports: string[]; volumes?: string[]; depends_on?: string[] }>;
}

describe('the compose file', () => {
  const { services } = read('compose.yaml', root) as Compose;

  test('pins what it starts', () => {
    expect(Object.keys(services)).toEqual(['jaeger', 'prometheus', 'grafana', 'kafka']);
    for (const { image } of Object.values(services)) expect(image).toMatch(/^[a-z/]+:v?\d+\.\d+\.\d+$/);
  });

  test('opens ports on this machine only, the OTLP port of patron among them', () => {
    const ports = Object.values(services).flatMap((one) => one.ports);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:(\d+):\1$/);
    expect(ports).toContain('127.0.0.1:4318:4318');
  });

  test('mounts folders that exist', () => {
    for (const volume of Object.values(services).flatMap((one) => one.volumes ?? [])) {
      const [source = ''] = volume.split(':');
      expect([volume, existsSync(new URL(source, root)) && statSync(new URL(source, root)).isDirectory()]).toEqual([volume, true]);
    }
  });

  test('gives Grafana the data sources by the names of its services', () => {
    const { datasources } = read('grafana/provisioning/datasources/datasources.yaml') as { datasources: { uid: string; url: string }[] };
    for (const { url } of datasources) expect(Object.keys(services)).toContain(new URL(url).hostname);
    const uids = datasources.map(({ uid }) => uid);
    for (const panel of dashboard.panels) if (panel.datasource) expect(uids).toContain(panel.datasource.uid);
    const { providers } = read('grafana/provisioning/dashboards/dashboards.yaml') as { providers: { options: { path: string } }[] };
    const mounted = services['grafana']?.volumes?.map((volume) => volume.split(':')[1]);
    for (const { options } of providers) expect(mounted).toContain(options.path);
  });
});

describe('the dashboard', () => {
  test('has panels with names and ids of their own, none over another', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    expect(new Set(dashboard.panels.map(({ title }) => title)).size).toBe(dashboard.panels.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });

  test('asks for metrics that docs/metrics.md has', () => {
    const page = readFileSync(fileURLToPath(new URL('docs/metrics.md', root)), 'utf8');
    const known = new Set([...page.matchAll(/`(\w+)`/g)].map(([, name]) => name));
    expect(queries.length).toBeGreaterThan(25);
    const alerts = (read('prometheus/alerts.yml') as { groups: { rules: { expr: string }[] }[] }).groups.flatMap(({ rules }) => rules);
    for (const { expr } of [...queries, ...alerts]) {
      const words = expr.match(/\b(http|log|nodejs|patron|process|v8js)_\w+/g) ?? [];
      const unknown = words.filter((word) => !known.has(word) && !known.has(word.replace(/_(bucket|count|sum)$/, '')));
      expect({ expr, unknown }).toEqual({ expr, unknown: [] });
    }
  });
});
