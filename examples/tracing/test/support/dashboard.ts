import { readFileSync } from 'node:fs';

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string }[];
}

/** The dashboard as Grafana reads it. */
export const dashboard = JSON.parse(readFileSync(new URL('../../grafana/dashboards/patron.json', import.meta.url), 'utf8')) as {
  readonly panels: readonly Panel[];
};

/** Each query, with its panel. */
export const queries = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
