import { BlockList, isIP } from 'node:net';
import { show } from '../../show.ts';

/** Whose forwarding headers are believed: nobody's, those of proxies on this machine, or of these networks. */
export type TrustedProxiesOption = 'none' | 'loopback' | readonly string[];

/** The proxies whose word on the client's address counts. */
export interface TrustedProxies {
  /** Whether a peer that came through a Unix socket is one of them: it has no address. */
  readonly unix: boolean;
  /** @param address - as {@link plainAddress} writes it */
  has(address: string): boolean;
}

const LOOPBACK = ['127.0.0.0/8', '::1'];

/** What is wrong with the option, a sentence each. */
export function trustedProxiesProblems(name: string, option: unknown): string[] {
  if (option === undefined || option === 'none' || option === 'loopback') return [];
  if (!Array.isArray(option)) return [`${name} is ${show(option)}: it takes none, loopback or a list of networks`];
  return option.flatMap((entry: unknown, i) =>
    typeof entry === 'string' && parseNetwork(entry) !== undefined
      ? []
      : [`${name}[${i}] is ${show(entry)}: it takes an address or a network, 10.0.0.0/8 or fd00::/8`],
  );
}

/** Undefined where nobody is trusted, which is the default. */
export function trustedProxies(option: TrustedProxiesOption | undefined): TrustedProxies | undefined {
  if (option === undefined || option === 'none' || option.length === 0) return undefined;
  const list = new BlockList();
  for (const text of option === 'loopback' ? LOOPBACK : option) {
    const network = parseNetwork(text);
    if (network !== undefined) list.addSubnet(network.address, network.prefix, network.family);
  }
  const has = (address: string): boolean => {
    const zone = address.indexOf('%'); // of a link-local peer: which interface it came by
    const bare = zone === -1 ? address : address.slice(0, zone);
    return list.check(bare, familyOf(bare));
  };
  return { unix: option === 'loopback', has };
}

interface Network {
  address: string;
  prefix: number;
  family: 'ipv4' | 'ipv6';
}

function parseNetwork(text: string): Network | undefined {
  const [, address = '', prefix] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  if (isIP(address) === 0) return undefined;
  const family = familyOf(address);
  const widest = family === 'ipv4' ? 32 : 128;
  const length = prefix === undefined ? widest : Number(prefix);
  return length > widest ? undefined : { address, prefix: length, family };
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}
