import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** A line of a ledger: a record that was handled, or acknowledged. */
export interface Entry {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  /** Its number among those of its key, in the order they were sent in. */
  readonly sequence: number;
  /** In microseconds, by a clock that all processes share. */
  readonly begun: number;
  readonly ended: number;
  /** How many handlers ran in its process when it was begun with, itself included. */
  readonly running: number;
}

/** The clock of the ledgers. */
export function now(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

const PIECE = 1 << 20;

/** Ledgers of a folder, read on from where the last look ended. A line that a kill has cut short was never written. */
export class Ledgers {
  readonly #folder: string;
  readonly #kind: string;
  readonly #read = new Map<string, { position: number; rest: string }>();
  readonly entries: Entry[] = [];
  /** The same, by process. */
  readonly byFile = new Map<string, Entry[]>();

  /** @param kind - The beginning of their names. */
  constructor(folder: string, kind: string) {
    this.#folder = folder;
    this.#kind = kind;
  }

  /** @returns what was written since the last time, in the order of each file */
  look(): readonly Entry[] {
    const before = this.entries.length;
    for (const name of readdirSync(this.#folder)) if (name.startsWith(this.#kind)) this.#readOn(name);
    return this.entries.slice(before);
  }

  #readOn(name: string): void {
    const state = this.#read.get(name) ?? { position: 0, rest: '' };
    this.#read.set(name, state);
    const file = openSync(join(this.#folder, name), 'r');
    const piece = Buffer.allocUnsafe(PIECE);
    for (let size = readSync(file, piece, 0, PIECE, state.position); size > 0; size = readSync(file, piece, 0, PIECE, state.position)) {
      state.position += size;
      const lines = (state.rest + piece.toString('latin1', 0, size)).split('\n');
      state.rest = lines.pop() ?? '';
      for (const line of lines) this.#add(name, parse(line));
    }
    closeSync(file);
  }

  #add(name: string, entry: Entry): void {
    this.entries.push(entry);
    const ofFile = this.byFile.get(name) ?? [];
    this.byFile.set(name, ofFile);
    ofFile.push(entry);
  }
}

function parse(line: string): Entry {
  const [topic, partition, offset, key, sequence, begun, ended, running] = JSON.parse(line) as [
    string,
    number,
    number,
    string | null,
    number,
    number,
    number,
    number,
  ];
  return { topic, partition, offset, key, sequence, begun, ended, running };
}
