import { type OptionCheck, show } from './check.ts';
import { buildFeatures, type Settings } from './client.ts';

/** Certificates, as PEM. */
export interface KafkaTlsOptions {
  /** Whom to trust. @default the system's authorities */
  readonly ca?: string | Buffer;
  /** The client's own certificate, where brokers ask for one; with `key`. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly passphrase?: string;
  /** `false` accepts any certificate: anybody may then read and answer. @default true */
  readonly rejectUnauthorized?: boolean;
}

/** Who the client is. */
export interface KafkaSaslOptions {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

/** What every client of Kafka takes. */
export interface KafkaConnectionOptions {
  /** `host:port` of some brokers, as a list or with commas between: the others are found through them. */
  readonly brokers: string | readonly string[];
  /** What brokers call this client in their logs, metrics and quotas. @default 'patron' */
  readonly clientId?: string;
  /** `true`, or certificates. @default no TLS */
  readonly tls?: boolean | KafkaTlsOptions;
  /** @default none */
  readonly sasl?: KafkaSaslOptions;
  /**
   * Any setting of librdkafka by its own name; it wins over what the options here come to. Those on which delivery rests are
   * refused, with the option to use instead.
   */
  readonly librdkafka?: Readonly<Settings>;
}

export const CONNECTION_OPTIONS = ['brokers', 'clientId', 'tls', 'sasl', 'librdkafka'] as const;

/**
 * What makes a client notice within seconds that a broker stands still, where librdkafka's own defaults take a minute, and find
 * one again that is back.
 */
const ATTENTIVE: Settings = {
  'socket.timeout.ms': 10_000,
  'socket.connection.setup.timeout.ms': 10_000,
  'reconnect.backoff.ms': 100,
  'reconnect.backoff.max.ms': 2000,
  'socket.keepalive.enable': true,
  'topic.metadata.refresh.interval.ms': 30_000,
  log_level: 5,
};

/** The settings of a connection. Never log them: secrets are among them. */
export function connectionSettings({ brokers, clientId = 'patron', tls, sasl }: KafkaConnectionOptions, check: OptionCheck): Settings {
  check.text('clientId', clientId);
  const list = resolveBrokers(brokers, check);
  const hasTls = tls !== undefined && tls !== false;
  const protocol = `${sasl === undefined ? '' : 'sasl_'}${hasTls ? 'ssl' : 'plaintext'}`;
  return {
    ...ATTENTIVE,
    'metadata.broker.list': list.join(','),
    'client.id': clientId,
    'security.protocol': protocol,
    ...(hasTls && tlsSettings(tls === true ? {} : tls, check)),
    ...(sasl !== undefined && saslSettings(sasl, check)),
  };
}

export function resolveBrokers(brokers: string | readonly string[], check: OptionCheck): string[] {
  const list = typeof brokers === 'string' ? brokers.split(',') : Array.isArray(brokers) ? [...(brokers as string[])] : [];
  const trimmed = list.map((one) => String(one).trim());
  if (trimmed.length === 0 || trimmed.some((one) => !/^(?:[a-z]+:\/\/)?(?:\[[0-9a-f:.]+\]|[^\s:,/[\]]+)(?::\d{1,5})?$/i.test(one)))
    check.add(
      `brokers is ${show(typeof brokers === 'string' ? brokers : trimmed.join(','))}: it takes 'host:port', with commas between or as a list`,
    );
  return trimmed;
}

function tlsSettings(tls: KafkaTlsOptions, check: OptionCheck): Settings {
  check.known(tls, ['ca', 'cert', 'key', 'passphrase', 'rejectUnauthorized'], 'tls.');
  if ((tls.cert === undefined) !== (tls.key === undefined)) check.add('tls has one of cert and key: a client certificate needs both');
  const settings: Settings = {};
  const pem = { 'ssl.ca.pem': tls.ca, 'ssl.certificate.pem': tls.cert, 'ssl.key.pem': tls.key };
  for (const [setting, value] of Object.entries(pem)) if (value !== undefined) settings[setting] = String(value);
  if (tls.passphrase !== undefined) settings['ssl.key.password'] = tls.passphrase;
  if (tls.rejectUnauthorized === false) settings['enable.ssl.certificate.verification'] = false;
  return settings;
}

function saslSettings(sasl: KafkaSaslOptions, check: OptionCheck): Settings {
  check.known(sasl, ['mechanism', 'username', 'password'], 'sasl.');
  check.oneOf('sasl.mechanism', sasl.mechanism, ['plain', 'scram-sha-256', 'scram-sha-512'], 'plain');
  check.text('sasl.username', sasl.username);
  if (typeof sasl.password !== 'string' || sasl.password === '') check.add('sasl.password is missing');
  return { 'sasl.mechanisms': String(sasl.mechanism).toUpperCase(), 'sasl.username': sasl.username, 'sasl.password': sasl.password };
}

/** What settings ask of the build of librdkafka, and the Debian package that brings it. */
const NEEDS: readonly { setting: string; value: RegExp; feature: string; debian: string }[] = [
  { setting: 'security.protocol', value: /ssl/i, feature: 'ssl', debian: 'libssl-dev' },
  { setting: 'sasl.mechanisms', value: /scram/i, feature: 'sasl_scram', debian: 'libssl-dev' },
  { setting: 'sasl.mechanism', value: /scram/i, feature: 'sasl_scram', debian: 'libssl-dev' },
  { setting: 'sasl.mechanisms', value: /gssapi/i, feature: 'sasl_gssapi', debian: 'libsasl2-dev' },
  { setting: 'sasl.mechanism', value: /gssapi/i, feature: 'sasl_gssapi', debian: 'libsasl2-dev' },
  { setting: 'sasl.mechanisms', value: /oauthbearer/i, feature: 'sasl_oauthbearer', debian: 'libssl-dev' },
  { setting: 'compression.codec', value: /zstd/i, feature: 'zstd', debian: 'libzstd-dev' },
  { setting: 'compression.type', value: /zstd/i, feature: 'zstd', debian: 'libzstd-dev' },
  { setting: 'compression.codec', value: /gzip/i, feature: 'gzip', debian: 'zlib1g-dev' },
  { setting: 'compression.type', value: /gzip/i, feature: 'gzip', debian: 'zlib1g-dev' },
];

/** Names what the build can't do, before a broker is asked in vain. @param features - for tests */
export function checkFeatures(settings: Settings, check: OptionCheck, features: readonly string[] = buildFeatures): void {
  for (const { setting, value, feature, debian } of NEEDS) {
    const wanted = settings[setting];
    if (wanted === undefined || !value.test(String(wanted)) || features.includes(feature)) continue;
    check.add(
      `${setting} is ${show(wanted)}, and this build of librdkafka has no ${feature}: install ${debian} (as Debian calls it) and compile node-rdkafka again`,
    );
  }
}
