import { shared } from '@patron/log';
import { metrics } from '@patron/trace';

interface Shown {
  readonly name: string;
  /** Undefined: not known. */
  expiresAt(): Date | undefined;
}

/** The listeners of this process that have a certificate. */
const listeners = shared<Set<Shown>>('certificates', () => new Set());

/** Shows in the metrics when the certificate of a listener ends. @returns what takes it out again */
export function tellExpiry(listener: Shown): () => void {
  listeners.add(listener);
  shared('certificateMetrics', () => {
    const description = {
      name: 'patron_tls_certificate_expiry_timestamp_seconds',
      help: 'When the certificate that a listener shows to its clients ends, in seconds since the epoch.',
      labels: ['component'] as const,
    };
    metrics.gauge(description, (gauge) => {
      gauge.clear();
      for (const listener of listeners) {
        const at = listener.expiresAt();
        if (at !== undefined) gauge.labels({ component: listener.name }).set(at.getTime() / 1000);
      }
    });
    return true;
  });
  return () => listeners.delete(listener);
}
