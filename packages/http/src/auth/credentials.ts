import type { HttpRequest } from '../request.ts';

/**
 * What stands behind the scheme in `Authorization` (RFC 9110 §11.4), whose case does not count. Undefined where there is no such
 * header, another scheme, nothing behind it; and where there are several headers: of two, each reader may take another one.
 */
export function credentialsOf({ raw: { rawHeaders } }: Pick<HttpRequest, 'raw'>, scheme: string): string | undefined {
  let value: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length !== 13 || name.toLowerCase() !== 'authorization') continue;
    if (value !== undefined) return undefined;
    value = rawHeaders[i + 1] as string;
  }
  if (value === undefined || value.charAt(scheme.length) !== ' ') return undefined;
  if (value.slice(0, scheme.length).toLowerCase() !== scheme) return undefined;
  const credentials = value.slice(scheme.length + 1).trim();
  return credentials === '' ? undefined : credentials;
}
