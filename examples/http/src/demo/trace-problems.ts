import type { Span } from './span.ts';
import { toRows } from './tree.ts';

/**
 * What is wrong with a trace: spans that did not come, or came unasked, more than one beginning, parents that are missing.
 * @param expected - Each span that belongs there, as `service: name`.
 */
export function traceProblems(spans: readonly Span[], expected: readonly string[]): string[] {
  const rows = toRows(spans);
  const left = [...expected];
  const unasked: string[] = [];
  for (const { span } of rows) {
    const at = left.indexOf(`${span.service}: ${span.name}`);
    if (at === -1) unasked.push(`${span.service}: ${span.name}`);
    else left.splice(at, 1);
  }
  const roots = rows.filter(({ span }) => span.parentId === undefined);
  return [
    ...left.map((name) => `the span "${name}" did not arrive`),
    ...unasked.map((name) => `nobody expected the span "${name}"`),
    ...rows.filter(({ orphan }) => orphan).map(({ span }) => `the parent of "${span.service}: ${span.name}" did not arrive`),
    ...(roots.length > 1 ? [`a trace begins once, not ${roots.length} times`] : []),
  ];
}
