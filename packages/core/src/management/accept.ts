const OPENMETRICS = 'application/openmetrics-text';
const VERSIONS = new Set(['1.0.0', '0.0.1']);
const WEIGHT = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

/**
 * Whether a scraper wants OpenMetrics rather than the Prometheus text format: it names a version of it that we write, and
 * gives it no lower weight than `text/plain` (RFC 9110 §12.5.1). What takes anything (curl, a browser) gets the text format.
 */
export function prefersOpenMetrics(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  let open = 0;
  let text = 0;
  for (const range of accept.toLowerCase().split(',')) {
    const [type, ...parameters] = range.split(';').map((part) => part.trim());
    const weight = weightOf(parameters);
    if (type === OPENMETRICS && isKnown(valueOf(parameters, 'version'))) open = Math.max(open, weight);
    else if (type === 'text/plain') text = Math.max(text, weight);
  }
  return open > 0 && open >= text;
}

function isKnown(version: string | undefined): boolean {
  return version === undefined || VERSIONS.has(version);
}

function weightOf(parameters: readonly string[]): number {
  const weight = valueOf(parameters, 'q');
  if (weight === undefined) return 1;
  return WEIGHT.test(weight) ? Number(weight) : 0;
}

function valueOf(parameters: readonly string[], name: string): string | undefined {
  return parameters.find((parameter) => parameter.startsWith(`${name}=`))?.slice(name.length + 1);
}
