import type { Message } from '../../async/message.ts';
import type { Sent } from './harness.ts';

/** Messages `{"i":0}`, `{"i":1}`, … of so many keys in turn. */
export function numbered(count: number, keys = 5): Sent[] {
  return Array.from({ length: count }, (_, i) => ({ body: Buffer.from(JSON.stringify({ i })), key: `key-${i % keys}` }));
}

export const numberOf = ({ value }: Message): number => (value as { i: number }).i;

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

export const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);
