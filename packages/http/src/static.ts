export { StaticFilesError } from './static/errors.ts';
export { staticFiles } from './static/static-files.ts';
export type { StaticFilesOptions } from './static/options.ts';
