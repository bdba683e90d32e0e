import type { JsonWebKeySet } from './options.ts';

/** Key sets have a few thousand bytes; what is longer is something else. */
const MAX_BYTES = 512 * 1024;

/** Where keys are, and how long they may take. */
export interface KeySource {
  readonly issuer: string;
  readonly jwksUrl: string | undefined;
  readonly timeoutMs: number;
}

/** Asks an issuer for its keys, and where they are, if need be. @throws what the network says, or an Error that says what came instead */
export async function fetchKeys({ issuer, jwksUrl, timeoutMs }: KeySource): Promise<JsonWebKeySet> {
  const signal = AbortSignal.timeout(timeoutMs);
  const url = jwksUrl ?? (await discover(issuer, signal));
  const { keys } = (await fetchJson(url, signal)) as Partial<JsonWebKeySet>;
  if (!Array.isArray(keys)) throw new Error(`${url} answered with no key set`);
  return { keys };
}

async function discover(issuer: string, signal: AbortSignal): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const { issuer: name, jwks_uri: found } = (await fetchJson(url, signal)) as { issuer?: unknown; jwks_uri?: unknown };
  // OpenID Connect Discovery §4.3: another's document is no word about this issuer.
  if (name !== issuer) throw new Error(`${url} is about another issuer`);
  if (typeof found !== 'string' || !URL.canParse(found)) throw new Error(`${url} does not say where keys are`);
  return found;
}

async function fetchJson(url: string, signal: AbortSignal): Promise<object> {
  const response = await fetch(url, { signal, redirect: 'error', headers: { Accept: 'application/json' } });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_BYTES) throw new Error(`${url} answered with more than ${MAX_BYTES / 1024} KiB`); // which cancels the rest
    chunks.push(chunk);
  }
  if (response.status !== 200) throw new Error(`${url} answered with status ${response.status}`);
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Error(`${url} answered with no JSON`);
  }
  if (typeof value !== 'object' || value === null) throw new Error(`${url} answered with no JSON object`);
  return value;
}
