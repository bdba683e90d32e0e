import { type Stats, realpathSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { show } from '@patron/core/data';
import { checkBoolean, checkKnown, checkWhole, type Unchecked } from '../guard/check.ts';
import { StaticFilesError } from './errors.ts';

/** Options of {@link staticFiles}. */
export interface StaticFilesOptions {
  /** The file that a folder answers with; false for none. @default 'index.html' */
  readonly index?: string | false;
  /**
   * The file that answers a navigation to a path of which there is no file: the page of a single-page application. A navigation has
   * `text/html` in its `Accept`, and no dot in the last segment of its path; all else stays a 404. @default none
   */
  readonly fallback?: string;
  /** How long a client may keep a file without asking again, in seconds. HTML is asked for each time, whatever this says. @default 0 */
  readonly maxAgeSeconds?: number;
  /** Whether files never change under their name, as those with a hash in it: then nobody asks again, not even on a reload. @default false */
  readonly immutable?: boolean;
  /** Whether there are files and folders whose name begins with a dot: `.well-known`, but also `.git` and `.env`. @default false */
  readonly dotFiles?: boolean;
}

/** What is to be served, checked. */
export interface StaticConfig extends Required<Omit<StaticFilesOptions, 'fallback'>> {
  /** Without symbolic links. */
  readonly folder: string;
  readonly fallback: string | undefined;
}

const KNOWN = ['index', 'fallback', 'maxAgeSeconds', 'immutable', 'dotFiles'];
const YEAR_S = 31_536_000;

/** @throws StaticFilesError with everything that is wrong. */
export function resolveStatic(folder: string | URL, options: StaticFilesOptions): StaticConfig {
  const path = pathOf(folder);
  const problems = [...checkFolder(folder, path), ...problemsOf(options, path)];
  if (problems.length > 0) throw new StaticFilesError('PATRON_HTTP_STATIC_INVALID', problems);
  const { index = 'index.html', fallback, maxAgeSeconds = 0, immutable = false, dotFiles = false } = options;
  return { folder: realpathSync(path as string), index, fallback, maxAgeSeconds, immutable, dotFiles };
}

function pathOf(folder: unknown): string | undefined {
  if (folder instanceof URL) return folder.protocol === 'file:' ? fileURLToPath(folder) : undefined;
  return typeof folder === 'string' && folder !== '' ? resolve(folder) : undefined;
}

function checkFolder(given: unknown, path: string | undefined): string[] {
  if (path === undefined) return [`the folder is ${show(given)}: it takes a path, or a file: URL`];
  return statOf(path)?.isDirectory() === true ? [] : [`there is no folder ${path}`];
}

function problemsOf(options: unknown, folder: string | undefined): string[] {
  const problems = checkKnown(options, KNOWN);
  if (typeof options !== 'object' || options === null) return problems;
  const given = options as Unchecked;
  const { index, fallback } = given;
  if (index !== undefined && index !== false && !isFileName(index))
    problems.push(`index is ${show(index)}: it takes the name of a file, or false`);
  if (fallback !== undefined) problems.push(...checkFallback(fallback, folder));
  problems.push(...checkWhole(given, 'maxAgeSeconds', 0, YEAR_S), ...checkBoolean(given, 'immutable'), ...checkBoolean(given, 'dotFiles'));
  return problems;
}

function checkFallback(fallback: unknown, folder: string | undefined): string[] {
  if (!isFileName(fallback)) return [`fallback is ${show(fallback)}: it takes the name of a file in the folder`];
  if (folder === undefined || statOf(join(folder, fallback))?.isFile() === true) return [];
  return [`fallback is ${show(fallback)}, and there is no such file in ${folder}`];
}

function isFileName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value !== '..' && value !== '.' && basename(value) === value;
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}
