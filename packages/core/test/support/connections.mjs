import { readFileSync } from 'node:fs';

const TIME_WAIT = '06';
const LISTEN = '0A';

/**
 * How many connections the system has on a port of ours, those included that the process has closed and whose client has not
 * taken all of the answer. Of Linux, IPv4.
 *
 * @param {number} port
 */
export function connectionsOn(port) {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const of = new RegExp(`^ *\\d+: [0-9A-F]{8}:${hex} [0-9A-F:]+ (?!${TIME_WAIT}|${LISTEN})`, 'gm');
  return readFileSync('/proc/net/tcp', 'latin1').match(of)?.length ?? 0;
}
