import zlib from 'node:zlib';

/** How an answer can be compressed (RFC 9110 §8.4.1; zstd: RFC 8878). */
export type ContentCoding = 'zstd' | 'br' | 'gzip' | 'deflate';

/** What Node has from 22.15 on; our types are those of the oldest that we support. */
export const zstd = zlib as unknown as {
  readonly createZstdCompress?: () => unknown;
  readonly zstdCompress?: (bytes: Uint8Array, callback: (error: Error | null, result: Buffer) => void) => void;
};

/** What this Node can do, what compresses best for its time first. */
export const AVAILABLE: readonly ContentCoding[] = [
  ...(zstd.createZstdCompress !== undefined ? (['zstd'] as const) : []),
  'br',
  'gzip',
  'deflate',
];

const MAX_KNOWN = 100;
const MAX_KNOWN_LENGTH = 200;
const ELEMENT = /^([!#$%&'*+.^_`|~0-9a-z-]+)(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/;

/** Decides by `Accept-Encoding` (RFC 9110 §12.5.3). */
export class Codings {
  readonly #offered: readonly ContentCoding[];
  readonly #known = new Map<string, ContentCoding | undefined>();

  /** @param offered - What the server likes best first. */
  constructor(offered: readonly ContentCoding[]) {
    this.#offered = offered;
  }

  /**
   * What a client likes best, of equals what comes first here; undefined for an answer as it is: where the client says nothing,
   * likes that better, or takes nothing at all. A client that refuses even that gets it nevertheless, as the RFC allows.
   */
  best(header: string | undefined): ContentCoding | undefined {
    if (header === undefined) return undefined;
    if (this.#known.has(header)) return this.#known.get(header);
    const best = this.#choose(header);
    // Clients send the same few headers all the time; one that sends a new one each time fills nothing but this.
    if (this.#known.size === MAX_KNOWN) this.#known.clear();
    if (header.length <= MAX_KNOWN_LENGTH) this.#known.set(header, best);
    return best;
  }

  #choose(header: string): ContentCoding | undefined {
    const weights = new Map<string, number>();
    for (const element of header.toLowerCase().split(',')) {
      const match = ELEMENT.exec(element.trim());
      // A coding that is named twice has the smaller weight: who refuses it once means it.
      if (match !== null) weights.set(match[1] as string, Math.min(weights.get(match[1] as string) ?? 1, Number(match[2] ?? 1)));
    }
    const any = weights.get('*') ?? 0;
    const weightOf = (coding: string): number => weights.get(coding) ?? (coding === 'gzip' ? weights.get('x-gzip') : undefined) ?? any;
    let best: ContentCoding | undefined;
    let highest = weights.get('identity') ?? 0;
    for (const coding of this.#offered) {
      const weight = weightOf(coding);
      if (weight === 0 || weight < highest || (best !== undefined && weight === highest)) continue;
      best = coding;
      highest = weight;
    }
    return best;
  }
}
