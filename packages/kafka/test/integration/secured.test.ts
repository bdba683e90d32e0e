import { expect, test } from '@jest/globals';
import { Running } from '@patron/core/testing';
import { KafkaComponent, type KafkaOptions, KafkaProducer } from '@patron/kafka';
import { cert, key } from '../../../core/test/support/certificate.ts';
import { describeOnKafka } from '../support/real-cluster.ts';
import { RawKafka } from '../support/raw-kafka.ts';

const PASSWORD = 'a-secret-nobody-may-read';
const options = { nodes: 1 as const, security: { key, cert, users: { alice: PASSWORD } } };
/** Another authority: one that signed nothing here. */
const STRANGER = `-----BEGIN CERTIFICATE-----
MIIBfDCCASOgAwIBAgIUVgtzFXKjoYp0Abgt1Lg/7HJMjaEwCgYIKoZIzj0EAwIw
EzERMA8GA1UEAwwIc3RyYW5nZXIwIBcNMjYxMTI2MTAwODExWhgPMjEyNjExMDIx
MDA4MTFaMBMxETAPBgNVBAMMCHN0cmFuZ2VyMFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAEr/fbcWnxrXVeeHLUG2YKLYuqAxwuUiHbQxuxsyeXvJDj2IfcRB3RdISp
h5jBntgw/8NN0HMao0keZZ+SWnxZtaNTMFEwHQYDVR0OBBYEFIq//g8n1QVX+46g
2z2uZVaObxhjMB8GA1UdIwQYMBaAFIq//g8n1QVX+46g2z2uZVaObxhjMA8GA1Ud
EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgBemX9/YuAyOPQnw+ejXFhOWr
YTOnv8r1xPGE0Yt8F0QCIEoiLTtdrpz70ilyvrp9E+s3jarU0Rg6WJQHEFPg1IWP
-----END CERTIFICATE-----`;

type Access = Pick<KafkaOptions, 'brokers' | 'tls' | 'sasl'>;

describeOnKafka('brokers with TLS and SASL', options, (stage) => {
  const access = (change: Partial<Access> = {}): Access => ({
    brokers: stage.kafka.secureBrokers!,
    tls: { ca: cert },
    sasl: { mechanism: 'scram-sha-512', username: 'alice', password: PASSWORD },
    ...change,
  });

  test.each(['scram-sha-512', 'plain'] as const)(
    'what a producer sends by %s is handled by a consumer that says who it is the same way',
    async (mechanism) => {
      const topic = RawKafka.name('secured');
      await stage.kafka.createTopic(topic, 2);
      const by = access({ sasl: { mechanism, username: 'alice', password: PASSWORD } });
      const producer = new KafkaProducer(by);
      const seen = new Set<unknown>();
      const component = new KafkaComponent({
        ...by,
        name: 'secured',
        group: topic,
        topics: topic,
        handle: ({ value }) => void seen.add(value),
      });
      const running = new Running(component);
      await Promise.all([1, 2, 3].map((value) => producer.send({ topic, key: `key-${value}`, value })));
      await running.until(() => seen.size === 3);
      expect(seen).toEqual(new Set([1, 2, 3]));
      await running.stop();
      await producer.close();
    },
  );

  test.each([
    ['a wrong password', /[Aa]uthentication/, { sasl: { mechanism: 'scram-sha-512', username: 'alice', password: 'no-such-password' } }],
    ['a wrong password, by PLAIN', /[Aa]uthentication/, { sasl: { mechanism: 'plain', username: 'alice', password: 'no-such-password' } }],
    ['an authority that has not signed the broker’s certificate', /certificate/, { tls: { ca: STRANGER } }],
  ] as const)(
    '%s is named by consumer and producer, and no secret is',
    async (_, words, change) => {
      const topic = RawKafka.name('secured');
      await stage.kafka.createTopic(topic, 1);
      const by = access(change);
      const component = new KafkaComponent({
        ...by,
        name: 'secured',
        group: topic,
        topics: topic,
        connectTimeoutMs: 2000,
        restart: { attempts: 0 },
        handle: () => undefined,
      });
      const producer = new KafkaProducer({ ...by, timeoutMs: 3000 });
      const [consumed, sent] = (await Promise.all([
        new Running(component).failed(),
        producer.send({ topic, value: 1 }).catch((error: unknown) => error),
      ])) as [Error, Error];
      await producer.close();
      for (const error of [consumed, sent]) {
        const said = `${error.message} ${String((error.cause as Error | undefined)?.message)}`;
        expect(said).toMatch(words);
        expect(said).not.toMatch(/no-such-password|a-secret-nobody/);
      }
    },
    30_000,
  );
});
