import type { Entry } from './ledger.ts';

type Handled = Pick<Entry, 'topic' | 'partition' | 'offset' | 'key' | 'sequence' | 'ended'>;
type Acknowledged = Omit<Handled, 'ended'>;

/** What ledgers tell, each as a count, with some records of each to look for in the logs. */
export interface Verdict {
  readonly acknowledged: number;
  /** Records that were handled, each counted once. */
  readonly handled: number;
  /** Acknowledged, and never handled. */
  readonly lost: number;
  /** Handled more than once: so many times too often in all. */
  readonly duplicated: number;
  /** Handled for the first time after one of the same key that was sent later. */
  readonly reordered: number;
  /** Handled under two offsets: it was stored twice. */
  readonly storedTwice: number;
  readonly examples: readonly string[];
}

const EXAMPLES = 5;

/** Compares what was acknowledged with what was handled. */
export function check(acknowledged: readonly Acknowledged[], handled: readonly Handled[]): Verdict {
  const examples = new Map<string, string[]>();
  const counts = { lost: 0, duplicated: 0, reordered: 0, storedTwice: 0 };
  const found = (what: keyof typeof counts, record: Acknowledged): void => {
    counts[what]++;
    const list = examples.get(what) ?? [];
    examples.set(what, list);
    if (list.length < EXAMPLES) list.push(`${what}: ${placeOf(record)}, ${record.key} number ${record.sequence}`);
  };
  const seen = new Set<string>();
  const highest = new Map<string, number>();
  const places = new Set<string>();
  for (const record of [...handled].sort((a, b) => a.ended - b.ended)) {
    const place = placeOf(record);
    if (seen.has(place)) {
      found('duplicated', record);
      continue;
    }
    seen.add(place);
    if (record.key === null) continue; // no order to keep
    const lane = `${record.topic} ${record.key}`;
    const name = `${lane} ${record.sequence}`;
    if (places.has(name)) {
      found('storedTwice', record); // its first handling was that of the other one
      continue;
    }
    places.add(name);
    if (record.sequence < (highest.get(lane) ?? -1)) found('reordered', record);
    else highest.set(lane, record.sequence);
  }
  for (const record of acknowledged) if (!seen.has(placeOf(record))) found('lost', record);
  return { acknowledged: acknowledged.length, handled: seen.size, ...counts, examples: [...examples.values()].flat() };
}

/**
 * How long no record of a partition was handled at most, in milliseconds, between the first and the last of it.
 */
export function longestStandstill(handled: readonly Handled[]): number {
  const last = new Map<string, number>();
  let longest = 0;
  for (const { topic, partition, ended } of [...handled].sort((a, b) => a.ended - b.ended)) {
    const name = `${topic}/${partition}`;
    longest = Math.max(longest, ended - (last.get(name) ?? ended));
    last.set(name, ended);
  }
  return longest / 1000;
}

/** The highest of many: more than a call may have arguments. */
export function most(numbers: readonly number[]): number {
  return numbers.reduce((highest, one) => Math.max(highest, one), -Infinity);
}

function placeOf({ topic, partition, offset }: Acknowledged): string {
  return `${topic}/${partition}/${offset}`;
}
