import { isIP, SocketAddress } from 'node:net';

/** A parameter of an element: a token or a quoted string (RFC 7239 §4). */
const PAIR = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)|"((?:[^"\\]|\\.)*)")$/;
const BRACKETED = /^\[([^\]%]+)\](?::\d{1,5})?$/;
const V4_WITH_PORT = /^([\d.]+):\d{1,5}$/;
const MAPPED = '::ffff:';

/**
 * The addresses of `Forwarded` (RFC 7239), from the right: the hop that is nearest to us first. Undefined for one that is
 * unknown, hidden behind an identifier, or malformed.
 */
export function* hopsOfForwarded(value: string): Generator<string | undefined> {
  for (const element of partsFromRight(value, ',')) {
    let address: string | undefined;
    let seen = false;
    let malformed = false;
    for (const text of partsFromRight(element, ';')) {
      const [, name, token, quoted] = PAIR.exec(text) ?? [];
      if (name === undefined) malformed = true;
      else if (name.toLowerCase() === 'for') {
        if (seen) malformed = true; // which of the two is meant nobody can say
        seen = true;
        address = addressOf(token ?? (quoted as string).replace(/\\(.)/g, '$1'), false);
      }
    }
    yield malformed ? undefined : address;
  }
}

/** The addresses of `X-Forwarded-For`, from the right; undefined for what is no address. */
export function* hopsOfXForwardedFor(value: string): Generator<string | undefined> {
  for (let end = value.length; end >= 0; ) {
    const comma = value.lastIndexOf(',', end - 1);
    const start = end === 0 ? -1 : comma;
    const text = value.slice(start + 1, end).trim();
    if (text !== '') yield addressOf(text, true);
    end = start;
  }
}

/** One spelling of an address, so that it can be compared: IPv6 as the system writes it, IPv4 also where it came mapped. */
export function plainAddress(address: string): string {
  if (isIP(address) !== 6 || address.includes('%')) return address;
  const plain = new SocketAddress({ address, family: 'ipv6' }).address;
  return plain.startsWith(MAPPED) && plain.includes('.') ? plain.slice(MAPPED.length) : plain;
}

/** @param bare - Whether IPv6 may stand without brackets, as it does in X-Forwarded-For. */
function addressOf(node: string, bare: boolean): string | undefined {
  const address = BRACKETED.exec(node)?.[1] ?? V4_WITH_PORT.exec(node)?.[1] ?? node;
  const version = address.includes('%') ? 0 : isIP(address);
  if (version === 0) return undefined;
  const bracketed = node.startsWith('[');
  if ((version === 6) !== bracketed && !(version === 6 && bare)) return undefined;
  return plainAddress(address);
}

/**
 * The parts of a list, the last first; empty ones don't count (RFC 9110 §5.6.1). Quotes are paired from the right as well: what
 * the nearest proxy has added is well-formed, what a client has sent in front of it need not be. Read from the left, one quote
 * of a client would swallow what a proxy says.
 */
function* partsFromRight(value: string, separator: string): Generator<string> {
  let end = value.length;
  let quoted = false;
  for (let i = value.length - 1; i >= 0; i--) {
    const character = value[i];
    if (character === '"' && !isEscaped(value, i)) quoted = !quoted;
    else if (character === separator && !quoted) {
      const part = value.slice(i + 1, end).trim();
      if (part !== '') yield part;
      end = i;
    }
  }
  const part = value.slice(0, end).trim();
  if (part !== '') yield part;
}

function isEscaped(value: string, at: number): boolean {
  let backslashes = 0;
  while (value[at - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}
