import type { Span } from './span.ts';
import { columns, cut, fit, printable } from './text.ts';
import { type Row, toRows } from './tree.ts';

/** Options of {@link waterfall}. */
export interface WaterfallOptions {
  /** Columns that a line may take. @default 80 */
  readonly width?: number;
  /** Spans that are drawn; of the others their number. @default 40 */
  readonly maxRows?: number;
  /** Colours a piece of a line. @default not at all */
  readonly paint?: (piece: string, as: 'bar' | 'failed' | 'note') => string;
}

const GAP = '  ';
const MAX_SERVICE = 14;
const KIND = 'internal'.length;
/** Deeper than that a name would be all indentation. */
const MAX_DEPTH = 8;
const MAX_ERRORS = 5;
/** What two clocks of one machine may differ by; nobody wants to read of that. */
const CLOCK_NOTE_MS = 5;

/** Draws the spans of one trace: who did what when, for how long, and what failed. */
export function waterfall(spans: readonly Span[], { width = 80, maxRows = 40, paint = (piece) => piece }: WaterfallOptions = {}): string[] {
  const all = toRows(spans);
  const [first] = all;
  if (first === undefined) return ['no spans'];
  const from = all.reduce((earliest, { startMs }) => Math.min(earliest, startMs), first.startMs);
  const totalMs = all.reduce((latest, row) => Math.max(latest, row.startMs + lengthOf(row)), from) - from;
  const rows = all.slice(0, maxRows);
  const measure = layOut(rows, Math.max(width, 48));
  const head = [`trace ${printable(first.span.traceId)}`, summary(all), duration(totalMs)].join(GAP);
  const notes = [...remainder(all.slice(maxRows)), ...errors(all), ...clocks(all), ...orphans(all)];
  return [
    cut(head, width),
    ...rows.map((row) => draw(row, measure, { from, totalMs, paint })),
    ...notes.map((note) => paint(cut(note, width), 'note')),
  ];
}

interface Measure {
  readonly service: number;
  readonly name: number;
  readonly bar: number;
  readonly duration: number;
}

function layOut(rows: readonly Row[], width: number): Measure {
  const service = Math.min(MAX_SERVICE, Math.max(...rows.map(({ span }) => columns(printable(span.service)))));
  const time = Math.max(...rows.map((row) => duration(lengthOf(row)).length));
  // ' ✗' stands at the end of the lines of what failed.
  const left = width - service - KIND - time - 4 * GAP.length - 2;
  const name = Math.min(Math.max(...rows.map((row) => columns(label(row)))), Math.floor(left * 0.65));
  return { service, name, bar: left - name, duration: time };
}

function draw(
  row: Row,
  measure: Measure,
  { from, totalMs, paint }: { from: number; totalMs: number; paint: NonNullable<WaterfallOptions['paint']> },
): string {
  const { span } = row;
  const scale = totalMs === 0 ? 0 : measure.bar / totalMs;
  const start = Math.min(measure.bar - 1, Math.floor((row.startMs - from) * scale));
  const end = Math.min(measure.bar, Math.max(start + 1, Math.round((row.startMs - from + lengthOf(row)) * scale)));
  const bar = paint('█'.repeat(end - start), span.failed ? 'failed' : 'bar');
  return [
    fit(printable(span.service), measure.service),
    fit(span.kind, KIND),
    fit(label(row), measure.name),
    ' '.repeat(start) + bar + ' '.repeat(measure.bar - end),
    duration(lengthOf(row)).padStart(measure.duration) + (span.failed ? ` ${paint('✗', 'failed')}` : ''),
  ].join(GAP);
}

function label({ span, depth, orphan }: Row): string {
  return `${GAP.repeat(Math.min(depth, MAX_DEPTH))}${orphan ? '? ' : ''}${printable(span.name)}`;
}

/** A clock that was set back meanwhile makes a span end before it began. */
function lengthOf({ span }: Row): number {
  return Math.max(0, span.durationMs);
}

function summary(rows: readonly Row[]): string {
  const services = new Set(rows.map(({ span }) => span.service)).size;
  return `${count(rows.length, 'span')} of ${count(services, 'service')}`;
}

function remainder(rows: readonly Row[]): string[] {
  if (rows.length === 0) return [];
  const failed = rows.filter(({ span }) => span.failed).length;
  return [`… and ${count(rows.length, 'more span')}${failed === 0 ? '' : `, ${failed} of them failed`}`];
}

function errors(rows: readonly Row[]): string[] {
  const told = rows.flatMap(({ span }) => span.errors.map((error) => `✗ ${span.service}, ${span.name}: ${error}`));
  const more = told.length > MAX_ERRORS ? [`✗ … and ${count(told.length - MAX_ERRORS, 'more error')}`] : [];
  return [...told.slice(0, MAX_ERRORS).map(printable), ...more];
}

function clocks(rows: readonly Row[]): string[] {
  const moved = new Map<string, Row>();
  for (const row of rows) if (Math.abs(row.movedMs) >= CLOCK_NOTE_MS && !moved.has(row.span.process)) moved.set(row.span.process, row);
  return [...moved.values()].map(
    ({ span, movedMs }) =>
      `the clock of ${printable(span.service)} is ${duration(Math.abs(movedMs))} ${movedMs > 0 ? 'behind' : 'ahead'}: its spans were moved`,
  );
}

function orphans(rows: readonly Row[]): string[] {
  const many = rows.filter(({ orphan }) => orphan).length;
  return many === 0 ? [] : [`? ${count(many, 'span')} whose parent has not arrived`];
}

function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(2)} ms`;
  if (ms < 10_000) return `${ms.toFixed(1)} ms`;
  return `${(ms / 1000).toFixed(1)} s`;
}

function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`;
}
