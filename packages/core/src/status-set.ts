/** A set of HTTP statuses. */
export interface StatusSet {
  has(status: number): boolean;
}

const STATUS = /^[1-5]\d\d$/;
// A bound that is left out of its interval may be 600: [500,600) is how everybody writes it.
const INTERVAL = /^([[(])([1-6]\d\d),([1-6]\d\d)([\])])$/;

/**
 * The statuses of a text such as `409;[500,600)`: whole statuses and intervals, whose square brackets take the bound in and
 * whose round ones leave it out. The form is Go patron's.
 *
 * @returns Undefined where the text has another form, or an interval of it is empty.
 */
export function parseStatusSet(text: string): StatusSet | undefined {
  const statuses = new Set<number>();
  for (const entry of text.split(';')) {
    const range = rangeOf(entry.trim());
    if (range === undefined) return undefined;
    for (let status = range.first; status <= range.last; status++) statuses.add(status);
  }
  return statuses;
}

function rangeOf(entry: string): { first: number; last: number } | undefined {
  if (STATUS.test(entry)) return { first: Number(entry), last: Number(entry) };
  const [, opening, from, to, closing] = INTERVAL.exec(entry) ?? [];
  if (opening === undefined) return undefined;
  const first = Number(from) + (opening === '(' ? 1 : 0);
  const last = Number(to) - (closing === ')' ? 1 : 0);
  return first <= last && last <= 599 ? { first, last } : undefined;
}
