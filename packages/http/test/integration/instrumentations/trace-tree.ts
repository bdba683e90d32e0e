import type { ReceivedSpan } from './otlp-receiver.ts';

/**
 * One trace as lines, `SERVER GET /orders/:id (shop)`, children below their parents in the order in which they began. What
 * instrumentations tell of the inside (a connection that is opened, a middleware) is left out, and what is below it moves up.
 *
 * @throws Error for a span whose parent is neither here nor `caller`
 */
export function treeOf(spans: readonly ReceivedSpan[], traceId: string, caller?: string): string[] {
  const all = spans.filter((span) => span.traceId === traceId).sort((a, b) => (a.start < b.start ? -1 : Number(a.start > b.start)));
  const ids = new Set(all.map(({ spanId }) => spanId));
  const isRoot = ({ parentId }: ReceivedSpan): boolean => parentId === undefined || parentId === caller;
  const orphans = all.filter((span) => !isRoot(span) && !ids.has(span.parentId as string));
  if (orphans.length > 0) throw new Error(`no parent: ${orphans.map(({ service, name }) => `${name} (${service})`).join(', ')}`);
  const lines = (span: ReceivedSpan, depth: number): string[] => {
    const isShown = span.kind !== 'INTERNAL' || span.scope === '@patron/trace';
    const below = all.filter(({ parentId }) => parentId === span.spanId).flatMap((child) => lines(child, depth + Number(isShown)));
    return isShown ? [`${'  '.repeat(depth)}${span.kind} ${span.name} (${span.service})`, ...below] : below;
  };
  return all.filter(isRoot).flatMap((span) => lines(span, 0));
}
