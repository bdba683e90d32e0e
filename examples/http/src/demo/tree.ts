import type { Span } from './span.ts';

/** A span at its place in the trace. */
export interface Row {
  readonly span: Span;
  readonly depth: number;
  /** Start on the clock of the trace's root: what two processes' clocks differ by is taken out. */
  readonly startMs: number;
  /** By how much it was moved for that. */
  readonly movedMs: number;
  /** Its parent is not among the spans, or is one of its own descendants. */
  readonly orphan: boolean;
}

/**
 * The spans of a trace in reading order: each below its parent, siblings by their start. Of several spans with the same id (a
 * batch that was sent twice) the first counts.
 */
export function toRows(spans: readonly Span[]): Row[] {
  const byId = new Map<string, Span>();
  for (const span of spans) if (!byId.has(span.id)) byId.set(span.id, span);
  const ordered = [...byId.values()].sort((a, b) => a.startMs - b.startMs);
  const children = new Map<string, Span[]>();
  const roots: Span[] = [];
  for (const span of ordered) {
    if (span.parentId === undefined || !byId.has(span.parentId)) roots.push(span);
    else if (!children.get(span.parentId)?.push(span)) children.set(span.parentId, [span]);
  }
  const rows: Row[] = [];
  const placed = new Set<string>();
  // Roots first; what no root leads to goes round in a circle, and is cut open at its earliest span.
  for (const root of [...roots.filter(({ parentId }) => parentId === undefined), ...roots, ...ordered]) place(root, children, placed, rows);
  return rows;
}

/** A loop and not a recursion: a trace may be deeper than the stack. */
function place(root: Span, children: ReadonlyMap<string, readonly Span[]>, placed: Set<string>, rows: Row[]): void {
  const open: { span: Span; parent: Row | undefined }[] = [{ span: root, parent: undefined }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { span, parent } = next;
    if (placed.has(span.id)) continue;
    placed.add(span.id);
    const movedMs = parent === undefined ? 0 : moveBy(span, parent);
    const row: Row = {
      span,
      depth: parent === undefined ? 0 : parent.depth + 1,
      startMs: span.startMs + movedMs,
      movedMs,
      orphan: parent === undefined && span.parentId !== undefined,
    };
    rows.push(row);
    for (const child of (children.get(span.id) ?? []).toReversed()) open.push({ span: child, parent: row });
  }
}

/**
 * By how much a span has to be moved so that it does not begin before what caused it, nor, where it answers a call, after the
 * call was over. How long the message travelled each way nobody knows: half of what is left is the fairest guess.
 */
function moveBy(span: Span, parent: Row): number {
  const cause = parent.span;
  // The clock of a process is off by the same amount for all of its spans.
  if (span.process === cause.process) return parent.movedMs;
  const tooEarly = span.startMs < parent.startMs;
  const tooLate = cause.kind === 'client' && span.startMs > parent.startMs + cause.durationMs;
  if (!tooEarly && !tooLate) return 0;
  return parent.startMs - span.startMs + Math.max(0, cause.durationMs - span.durationMs) / 2;
}
