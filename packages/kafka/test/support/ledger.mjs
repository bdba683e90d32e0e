// What the verifiable programs write: a line for each record, at once, so that whatever ends the process, what is done is told.
import { openSync, writeSync } from 'node:fs';

/** In microseconds, by a clock that all processes of a machine share. */
export const now = () => Number(process.hrtime.bigint() / 1000n);

export class Ledger {
  #file;

  /** @param {string} path a file of this process alone */
  constructor(path) {
    this.#file = openSync(path, 'ax');
  }

  /**
   * @param {{ topic: string, partition: number, offset: number, key: string | null, sequence: number }} record
   * @param {number} begun when it was begun with
   * @param {number} running how many were under way then
   */
  write({ topic, partition, offset, key, sequence }, begun, running) {
    writeSync(this.#file, `${JSON.stringify([topic, partition, offset, key, sequence, begun, now(), running])}\n`);
  }
}
