import { writeFileSync } from 'node:fs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * A jest reporter that leaves the counts in a file. Jest prints a few things after its last reporter has been called, so
 * the closing line has to be printed by whoever started it.
 */
export default class CountsReporter {
  /**
   * @param {unknown} _contexts
   * @param {{ numPassedTests: number, numFailedTests: number, numRuntimeErrorTestSuites: number, numPendingTests: number, numTodoTests: number }} results
   */
  onRunComplete(_contexts, results) {
    /** @type {Counts} */
    const counts = {
      passed: results.numPassedTests,
      // A file that could not even be loaded holds no failed test, but it's a failure that the line must not hide.
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests + results.numTodoTests,
    };
    const file = process.env['JEST_COUNTS_FILE'];
    if (file) writeFileSync(file, JSON.stringify(counts));
  }
}
