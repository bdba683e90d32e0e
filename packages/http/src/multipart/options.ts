import { checkKnown, checkWhole, type Unchecked } from '../guard/check.ts';
import { MultipartError } from './errors.ts';

/** Options of {@link multipart}. The whole body is bounded by the route's `maxBodyBytes`, whatever they say. */
export interface MultipartOptions {
  /** The most files. More is a 413. @default 10 */
  readonly maxFiles?: number;
  /** The most bytes of one file. More is a 413, and whoever reads the file gets it as an error. @default the route's maxBodyBytes */
  readonly maxFileBytes?: number;
  /** The most fields that are no files. More is a 413. @default 100 */
  readonly maxFields?: number;
  /** The most bytes of one field; a field is kept in memory. More is a 413. @default 65,536 */
  readonly maxFieldBytes?: number;
}

const KNOWN = ['maxFiles', 'maxFileBytes', 'maxFields', 'maxFieldBytes'];

/** @throws MultipartError with everything that is wrong. */
export function resolveMultipart(options: MultipartOptions): Required<MultipartOptions> {
  const problems = checkKnown(options, KNOWN);
  if (typeof options === 'object' && options !== null)
    for (const name of KNOWN) problems.push(...checkWhole(options as Unchecked, name, 0, Number.MAX_SAFE_INTEGER));
  if (problems.length > 0) throw new MultipartError('PATRON_HTTP_MULTIPART_INVALID', problems);
  const { maxFiles = 10, maxFileBytes = Number.MAX_SAFE_INTEGER, maxFields = 100, maxFieldBytes = 65_536 } = options;
  return { maxFiles, maxFileBytes, maxFields, maxFieldBytes };
}
