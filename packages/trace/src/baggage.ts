import { type Baggage, type BaggageEntry, baggageEntryMetadataFromString, propagation } from '@opentelemetry/api';

/** The header that carries users' own name and value pairs. W3C Baggage §3. */
export const BAGGAGE = 'baggage';

const MAX_BYTES = 8192;
const MAX_ENTRIES = 180;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;

/**
 * The entries of a `baggage` header. Members that break the grammar are left out and the rest goes on; past 180 members or
 * 8,192 bytes nothing more is read (W3C Baggage §3.3.2). Never throws: a hostile header must not end a process.
 */
export function parseBaggage(header: string): Baggage | undefined {
  const entries: Record<string, BaggageEntry> = Object.create(null) as Record<string, BaggageEntry>;
  let count = 0;
  let bytes = 0;
  for (const part of header.split(',')) {
    bytes += Buffer.byteLength(part) + 1;
    if (count === MAX_ENTRIES || bytes - 1 > MAX_BYTES) break;
    const [pair = '', ...properties] = part.split(';');
    const at = pair.indexOf('=');
    if (at < 1) continue;
    const key = pair.slice(0, at).trim();
    const value = decode(pair.slice(at + 1).trim());
    if (!TOKEN.test(key) || value === undefined) continue;
    const metadata = properties.map((property) => property.trim()).filter((property) => property !== '' && isPrintable(property));
    entries[key] = metadata.length === 0 ? { value } : { value, metadata: baggageEntryMetadataFromString(metadata.join(';')) };
    count++;
  }
  return count === 0 ? undefined : propagation.createBaggage(entries);
}

/** The header for a baggage, within the limits of W3C Baggage §3.3.2; what does not fit is left out. */
export function formatBaggage(baggage: Baggage): string {
  let header = '';
  let count = 0;
  for (const [key, entry] of baggage.getAllEntries()) {
    if (!TOKEN.test(key)) continue;
    const metadata = entry.metadata?.toString();
    const member = `${key}=${encodeURIComponent(entry.value)}${metadata !== undefined && metadata !== '' && isPrintable(metadata) ? `;${metadata}` : ''}`;
    if (count === MAX_ENTRIES || header.length + member.length + 1 > MAX_BYTES) continue;
    header = header === '' ? member : `${header},${member}`;
    count++;
  }
  return header;
}

function decode(value: string): string | undefined {
  if (!VALUE.test(value)) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined; // a lone percent sign
  }
}

function isPrintable(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}
