import { log } from '@patron/log';

const AFTER_MS = 1000;

/**
 * Names in the log what holds the process open a second after its service has stopped. The timer itself holds nothing: where
 * all is well, the process is gone before it fires.
 */
export function reportHolders(): void {
  const timer = setTimeout(() => {
    const holders = findHolders();
    if (holders.length > 0) log.warn('the service has stopped, but something holds the process open', { holders });
  }, AFTER_MS);
  timer.unref();
}

/** What keeps the loop alive, one entry each: `Timeout`, `TCPSocketWrap to 10.0.0.7:5432`. */
export function findHolders(): string[] {
  const holders = process.getActiveResourcesInfo().filter((resource) => resource !== 'Immediate');
  for (const handle of openHandles()) {
    // Standard streams are always there and hold nothing open by themselves: not counted, where they were opened at all.
    if (handle._isStdio === true) remove(holders, handle.constructor?.name === 'WriteStream' ? 'TTYWrap' : 'PipeWrap');
    else if (handle.listening === true) renameServer(holders, handle.address?.());
    else if (handle.remoteAddress !== undefined) rename(holders, 'TCPSocketWrap', `to ${handle.remoteAddress}:${handle.remotePort}`);
  }
  return holders.sort();
}

/** The parts of sockets, servers and standard streams that are looked at. */
interface Handle {
  _isStdio?: boolean;
  listening?: boolean;
  remoteAddress?: string;
  remotePort?: number;
  address?(): unknown;
}

/** Undocumented, there since Node 0.x, and the only way to the addresses; without it the names of the kinds have to do. */
function openHandles(): readonly Handle[] {
  const { _getActiveHandles: get } = process as { _getActiveHandles?: () => readonly Handle[] };
  return typeof get === 'function' ? get.call(process) : [];
}

/** Of a Unix socket the address is its path. */
function renameServer(holders: string[], address: unknown): void {
  if (typeof address === 'string') return rename(holders, 'PipeWrap', `on ${address}`);
  const { address: host, port } = (address ?? {}) as { address?: string; port?: number };
  rename(holders, 'TCPServerWrap', `on ${host}:${port}`);
}

function remove(list: string[], entry: string): void {
  const at = list.indexOf(entry);
  if (at !== -1) list.splice(at, 1);
}

function rename(list: string[], entry: string, more: string): void {
  const at = list.indexOf(entry);
  if (at !== -1) list[at] = `${entry} ${more}`;
}
