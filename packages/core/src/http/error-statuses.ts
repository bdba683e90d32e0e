import { shared } from '@patron/log';
import type { StatusSet } from '../status-set.ts';

/** Shared by all copies of this package: the service is one's, the access log may ask another. */
const holder = shared<{ statuses: StatusSet | undefined }>('http.errorStatuses', () => ({ statuses: undefined }));

/** Which answers the environment of the service wants logged as errors; undefined where it does not say. */
export function errorStatuses(): StatusSet | undefined {
  return holder.statuses;
}

/** Says it, once the environment was read. */
export function setErrorStatuses(statuses: StatusSet | undefined): void {
  holder.statuses = statuses;
}
