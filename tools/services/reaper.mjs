// Ends the component of one folder when the process that started it has ended, however it ended: its end of this one's stdin
// closes with it. A test run that is killed can clean up nothing by itself.
import { remove } from './state.mjs';

const [, , folder = ''] = process.argv;

process.stdin.resume().on('close', () => {
  remove(folder).catch((/** @type {Error} */ error) => {
    console.error(error);
    process.exitCode = 1;
  });
});
