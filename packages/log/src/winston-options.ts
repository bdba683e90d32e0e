import { kindOf } from './descriptor/kind.ts';
import { LogError } from './errors.ts';
import { show } from './show.ts';
import type { WinstonOptions } from './winston.ts';

/** What the user brings of winston's own. */
export type ExtraOptions = Pick<WinstonOptions, 'format' | 'transports'>;

/** The options with their defaults, checked. */
export interface ResolvedOptions {
  readonly fd: number | undefined;
  readonly style: 'json' | 'text';
  readonly color: boolean;
  readonly source: boolean;
  /** In lower case; undefined when nothing is to be redacted. */
  readonly redact: ReadonlySet<string> | undefined;
  readonly extras: ExtraOptions | undefined;
}

const DESCRIPTORS = { stdout: 1, stderr: 2, none: undefined };

/** Fills in the defaults. @throws LogError `PATRON_LOG_OPTION` naming every bad value */
export function resolveOptions(options: WinstonOptions): ResolvedOptions {
  check(options);
  const { output = 'stderr', source = false, redact = [], format, transports = [] } = options;
  const fd = DESCRIPTORS[output];
  const terminal = fd !== undefined && (options.style === undefined || options.color === undefined) && isTerminal(fd);
  return {
    fd,
    style: options.style ?? (terminal ? 'text' : 'json'),
    color: options.color ?? wantsColour(terminal),
    source,
    redact: redact.length === 0 ? undefined : new Set(redact.map((name) => name.toLowerCase())),
    extras: format === undefined && transports.length === 0 ? undefined : { ...(format && { format }), transports },
  };
}

/** Each option's check and what it has to be. */
const CHECKS: Record<keyof WinstonOptions, readonly [check: (value: unknown) => boolean, must: string]> = {
  output: [(value) => typeof value === 'string' && Object.hasOwn(DESCRIPTORS, value), "'stderr', 'stdout' or 'none'"],
  style: [(value) => value === 'json' || value === 'text', "'json' or 'text'"],
  color: [(value) => typeof value === 'boolean', 'true or false'],
  source: [(value) => typeof value === 'boolean', 'true or false'],
  redact: [(value) => Array.isArray(value) && value.every((name) => typeof name === 'string'), 'a list of field names'],
  format: [(value) => typeof (value as { transform?: unknown })?.transform === 'function', 'a format of winston'],
  transports: [
    (value) => Array.isArray(value) && value.every((one) => typeof one?.write === 'function'),
    'a list of transports of winston',
  ],
};

function check(options: WinstonOptions): void {
  const problems: string[] = [];
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof WinstonOptions] : undefined;
    if (rule === undefined) problems.push(`${name} is no option; options are ${Object.keys(CHECKS).join(', ')}`);
    else if (value !== undefined && !rule[0](value)) problems.push(`${name} is ${show(value)}; it must be ${rule[1]}`);
  }
  if (problems.length > 0) throw new LogError('PATRON_LOG_OPTION', `winston(): ${problems.join('; ')}`);
}

function isTerminal(fd: number): boolean {
  // node:tty brings the network stack along; most services never have a terminal.
  return kindOf(fd) === 'device' && process.getBuiltinModule('node:tty').isatty(fd);
}

/** NO_COLOR as no-color.org has it: set and not empty. FORCE_COLOR as Node itself takes it: set and not 0. */
function wantsColour(terminal: boolean): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return terminal && (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb';
}
