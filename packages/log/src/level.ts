/**
 * The six levels, least severe first. Go patron's order: `panic` is the most severe.
 *
 * @example
 * ```ts
 * import { LEVELS, log } from '@patron/log';
 *
 * console.log(LEVELS.filter((level) => log.enabled(level))); // [ 'info', 'warn', 'error', 'fatal', 'panic' ]
 * ```
 */
export const LEVELS = ['debug', 'info', 'warn', 'error', 'fatal', 'panic'] as const;

/** The name of a level. */
export type Level = (typeof LEVELS)[number];

/**
 * The place of a level in {@link LEVELS}: 0 is debug, 5 is panic; -1 for what is no level.
 *
 * @example
 * ```ts
 * import { getLevel, severity } from '@patron/log';
 *
 * if (severity(getLevel()) > severity('info')) console.log('info lines are off');
 * ```
 */
export function severity(level: Level): number {
  return LEVELS.indexOf(level);
}

/**
 * The level of that name in any case, or undefined. Surrounding white space counts as an error.
 *
 * @example
 * ```ts
 * import { parseLevel, setLevel } from '@patron/log';
 *
 * const level = parseLevel(process.env['LEVEL'] ?? 'WARN');
 * if (level !== undefined) setLevel(level);
 * ```
 */
export function parseLevel(name: string): Level | undefined {
  const lower = name.toLowerCase();
  return LEVELS.find((level) => level === lower);
}
