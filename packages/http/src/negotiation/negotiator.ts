import { type Codec, json, text } from '@patron/core/data';
import { isJson, isUtf8Text, parseMediaType } from '../body/media-type.ts';
import { type CheckedHeaders, checkHeaders } from '../headers.ts';
import { type MediaRange, parseAccept, parseRange, specificity } from './media-range.ts';

/** A form that an answer can have. */
export interface Offer {
  readonly codec: Codec<unknown>;
  /** Its `Content-Type`. */
  readonly contentType: string;
  /** The headers of an answer that has no others: its type, and `Vary` where there are several forms. */
  readonly headers: CheckedHeaders;
}

interface Candidate extends Offer {
  readonly range: MediaRange;
}

const MAX_KNOWN = 100;
const MAX_KNOWN_LENGTH = 300;

/** What the codecs of a route can read and write. Made when the routes are. */
export class Negotiator {
  /** Every type there is, in the order of the list: of `Accept` in a 415, and of what a 406 lists. */
  readonly types: readonly string[];
  /** Whether answers differ by `Accept`, which caches have to know. */
  readonly varies: boolean;
  readonly #candidates: readonly Candidate[];
  readonly #known = new Map<string, readonly Offer[]>();

  constructor(codecs: readonly Codec<unknown>[]) {
    this.types = codecs.flatMap(({ contentTypes }) => contentTypes);
    this.varies = codecs.length > 1;
    this.#candidates = codecs.flatMap((codec) => codec.contentTypes.map((type) => this.#candidate(codec, type)));
  }

  /**
   * What a client takes, what it likes best first; where it likes several as much, in the order of the codecs. Without
   * `Accept`, or with one that has nothing readable in it, that is everything.
   */
  accepted(accept: string | undefined): readonly Offer[] {
    if (accept === undefined || accept === '*/*') return this.#candidates;
    const known = this.#known.get(accept);
    if (known !== undefined) return known;
    const offers = this.#negotiate(accept);
    // Clients send the same few headers all the time; one that sends a new one each time fills nothing but this.
    if (this.#known.size === MAX_KNOWN) this.#known.clear();
    if (accept.length <= MAX_KNOWN_LENGTH) this.#known.set(accept, offers);
    return offers;
  }

  #negotiate(accept: string): readonly Offer[] {
    const ranges = parseAccept(accept);
    if (ranges.length === 0) return this.#candidates;
    return this.#candidates
      .map((offer) => ({ offer, quality: qualityOf(offer.range, ranges) }))
      .filter(({ quality }) => quality > 0)
      .sort((a, b) => b.quality - a.quality) // stable: equals stay in order
      .map(({ offer }) => offer);
  }

  /** The codec that reads a `Content-Type`; JSON's reads `application/*+json` too. */
  reader(contentType: string): Codec<unknown> | undefined {
    const media = parseMediaType(contentType);
    if (media === undefined || !isUtf8Text(media)) return undefined;
    const sent = parseRange(contentType);
    if (sent === undefined) return undefined;
    const exact = this.#best(sent);
    return exact ?? (isJson(media) ? this.#candidates.find(({ range }) => isPlainJson(range))?.codec : undefined);
  }

  #candidate(codec: Codec<unknown>, type: string): Candidate {
    const contentType = withCharset(codec, type);
    const headers = checkHeaders({ 'content-type': contentType, ...(this.varies ? { vary: 'Accept' } : {}) });
    return { codec, contentType, headers, range: parseRange(type) as MediaRange };
  }

  /** A codec's type with parameters wants them to be there; of several that fit, the one that asks for most wins. */
  #best(sent: MediaRange): Codec<unknown> | undefined {
    let best: Candidate | undefined;
    for (const candidate of this.#candidates) {
      if (specificity(candidate.range, sent) === 0) continue;
      if (best === undefined || candidate.range.parameters.size > best.range.parameters.size) best = candidate;
    }
    return best?.codec;
  }
}

/** The weight of the range that names the type most closely: `text/*;q=0.3, text/html;q=0.7` likes HTML better than text. */
function qualityOf(type: MediaRange, ranges: readonly MediaRange[]): number {
  let closest = 0;
  let quality = 0;
  for (const range of ranges) {
    const close = specificity(range, type);
    if (close <= closest) continue;
    closest = close;
    quality = range.quality;
  }
  return quality;
}

function isPlainJson({ type, subtype }: MediaRange): boolean {
  return type === 'application' && subtype === 'json';
}

/** As the answers of routes without codecs say it. Of the bytes of other codecs only they know. */
function withCharset(codec: object, type: string): string {
  return codec === json || codec === text ? `${type}; charset=utf-8` : type;
}
