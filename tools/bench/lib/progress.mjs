const out = process.stderr;

/** What is being measured right now, on one line of a terminal; nothing where lines can't be overwritten. */
export class Progress {
  show = (/** @type {string} */ line) => {
    if (out.isTTY) out.write(`\r\x1b[K  ${line}`);
  };

  clear = () => {
    if (out.isTTY) out.write('\r\x1b[K');
  };
}
