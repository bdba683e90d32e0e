import { CODES, type LibraryError } from './client.ts';
import { KafkaError } from './errors.ts';

/** Whether a client can't go on after it. */
export function isFinal({ code }: LibraryError): boolean {
  const final: readonly number[] = [
    CODES.fatal,
    CODES.state,
    CODES.authentication,
    CODES.topicAuthorization,
    CODES.groupAuthorization,
    CODES.notImplemented,
    CODES.badCompression,
  ];
  return final.includes(code);
}

/** What it means to whoever runs the consumer. */
export function finalError(cause: LibraryError): KafkaError {
  switch (cause.code) {
    case CODES.authentication:
    case CODES.topicAuthorization:
    case CODES.groupAuthorization:
      return new KafkaError('PATRON_KAFKA_REFUSED', `the broker refuses it: ${cause.message}`, { cause });
    case CODES.notImplemented:
    case CODES.badCompression:
      return new KafkaError(
        'PATRON_KAFKA_COMPRESSION_MISSING',
        `records are compressed in a way that this build of librdkafka can't read (${cause.message}): for zstd install libzstd-dev, as Debian calls it, and compile node-rdkafka again`,
        { cause },
      );
    default:
      return new KafkaError('PATRON_KAFKA_FATAL', `its client can't go on: ${cause.message}`, { cause });
  }
}
