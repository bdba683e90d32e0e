import type { Frame, Profile } from './profile.ts';

const ROWS = 60;

/** The profile as a table for a person without tools (`debug=1`): functions by what was counted in them alone. */
export function toText(title: string, profile: Profile): string {
  const at = profile.types.findIndex(({ type }) => type === profile.shown);
  const unit = profile.types[at]?.unit ?? '';
  const rows = new Map<string, { frame: Frame; flat: number; cum: number }>();
  let total = 0;
  for (const { stack, values } of profile.samples) {
    const value = values[at] ?? 0;
    total += value;
    const seen = new Set<string>(); // a function that calls itself counts once
    stack.forEach((frame, depth) => {
      const key = `${frame.name}\0${frame.file}\0${frame.startLine}`;
      let row = rows.get(key);
      if (row === undefined) rows.set(key, (row = { frame, flat: 0, cum: 0 }));
      if (depth === 0) row.flat += value;
      if (!seen.has(key)) row.cum += value;
      seen.add(key);
    });
  }
  const sorted = [...rows.values()].sort((a, b) => b.flat - a.flat || b.cum - a.cum);
  const share = (value: number): string => `${total === 0 ? '0.0' : ((100 * value) / total).toFixed(1)}%`;
  const lines = sorted.slice(0, ROWS).map(({ frame, flat, cum }) => {
    const where = frame.file === '' ? '' : ` ${frame.file}${frame.startLine > 0 ? `:${frame.startLine}` : ''}`;
    const cells = [show(flat, unit).padStart(10), share(flat).padStart(6), show(cum, unit).padStart(10), share(cum).padStart(6)];
    return `${cells.join(' ')}  ${frame.name}${where}`;
  });
  const left = sorted.length - lines.length;
  return [
    `${title}: ${show(total, unit)} of ${profile.shown} in ${(profile.durationMs / 1000).toFixed(1)} s, from ${profile.startedAt.toISOString()}`,
    ...profile.comments,
    '',
    `${'flat'.padStart(10)} ${'flat%'.padStart(6)} ${'cum'.padStart(10)} ${'cum%'.padStart(6)}  function`,
    ...lines,
    ...(left > 0 ? [`${left} more; without debug=1 the answer has all, for go tool pprof`] : []),
    '',
  ].join('\n');
}

function show(value: number, unit: string): string {
  if (unit === 'nanoseconds') return value >= 1e9 ? `${(value / 1e9).toFixed(2)}s` : `${(value / 1e6).toFixed(0)}ms`;
  if (unit !== 'bytes') return String(value);
  if (value >= 1024 ** 2) return `${(value / 1024 ** 2).toFixed(2)}MB`;
  return value >= 1024 ? `${(value / 1024).toFixed(1)}kB` : `${value}B`;
}
