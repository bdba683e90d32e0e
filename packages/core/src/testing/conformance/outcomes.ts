import { deepStrictEqual, match, ok, strictEqual } from 'node:assert';
import { constantBackoff } from '@patron/reliability';
import type { Message } from '../../async/message.ts';
import { Running } from '../running.ts';
import type { Promised } from './harness.ts';
import { numbered, numberOf, sorted } from './messages.ts';

const backoff = constantBackoff(5);

/** What becomes of messages that fail. */
export const outcomes: readonly Promised[] = [
  {
    title: 'a message that fails is tried as often as it may, then stands among the dead letters once, with its cause',
    test: async (place) => {
      await place.send(numbered(20));
      const attempts: number[] = [];
      const done = new Set<number>();
      const running = new Running(
        place.consumer({
          failure: { attempts: 3, backoff, exhausted: { deadLetter: place.deadLetter } },
          handle: (message) => {
            if (numberOf(message) !== 7) return done.add(numberOf(message));
            attempts.push(message.attempt);
            throw Object.assign(new Error('no such customer'), { code: 'NO_CUSTOMER' });
          },
        }),
      );
      const [letter, ...more] = await place.deadLetters(1);
      await running.until(() => done.size === 19);
      await running.stop();
      deepStrictEqual(attempts, [1, 2, 3]);
      strictEqual(more.length, 0);
      strictEqual(letter?.body?.toString(), '{"i":7}');
      const { headers } = letter;
      strictEqual(headers['x-dead-letter-attempts'], '3');
      strictEqual(headers['x-dead-letter-error-type'], 'NO_CUSTOMER');
      strictEqual(headers['x-dead-letter-error-message'], 'no such customer');
      match(headers['x-dead-letter-error-stack'] ?? '', /no such customer\n {4}at /);
      ok(Date.parse(headers['x-dead-letter-first-at'] ?? '') <= Date.parse(headers['x-dead-letter-at'] ?? ''));
      ok((headers['x-dead-letter-id'] ?? '') !== '' && (headers['x-dead-letter-source'] ?? '') !== '');
    },
  },
  {
    title: 'a dead letter that can’t be published three times first is published once, and only then its source is settled',
    test: async (place) => {
      place.failDeadLetters(3);
      await place.send(numbered(3));
      const failure = { attempts: 1, backoff, exhausted: { deadLetter: place.deadLetter } };
      const done = new Set<number>();
      const handle = (message: Message): void => {
        if (numberOf(message) === 0) throw new Error('poison');
        done.add(numberOf(message));
      };
      const running = new Running(place.consumer({ failure, handle }));
      strictEqual((await place.deadLetters(1)).length, 1);
      await running.until(() => done.size === 2);
      await running.stop();
      // The next consumer finds nothing of it.
      await place.send([{ body: Buffer.from('{"i":9}'), key: 'key-0' }]);
      const next = new Running(place.consumer({ failure, handle }));
      await next.until(() => done.has(9));
      await next.stop();
      strictEqual((await place.deadLetters(1)).length, 1);
    },
  },
  {
    title: 'bad JSON, nothing at all, a huge body, and all that can be thrown: exactly the configured attempts, one dead letter each',
    test: async (place, { tombstones }) => {
      const huge = JSON.stringify({ text: 'x'.repeat(500_000) });
      const poison = ['{"i":', 'null', huge, '{"throw":"rejection"}', '{"throw":"string"}', '{"throw":"undefined"}', '{"__proto__":{}}'];
      const bodies: (Buffer | null)[] = poison.map((text) => Buffer.from(text));
      if (tombstones) bodies.push(null);
      await place.send(bodies.map((body, i) => ({ body, key: `key-${i}` })));
      const attempts = new Map<string, number>();
      const running = new Running(
        place.consumer({
          failure: { attempts: 2, backoff, exhausted: { deadLetter: place.deadLetter } },
          handle: (message) => {
            attempts.set(message.id, message.attempt);
            const kind = (message.value as { throw?: string } | null)?.throw;
            if (kind === 'string') throw 'a string' as unknown as Error;
            if (kind === 'undefined') throw undefined as unknown as Error;
            if (kind === 'rejection') return Promise.reject(new Error('later'));
            throw new Error('at once');
          },
        }),
      );
      const letters = await place.deadLetters(bodies.length);
      await running.stop();
      strictEqual(letters.length, bodies.length);
      const texts = letters.map(({ body }) => body?.toString() ?? 'tombstone').sort();
      deepStrictEqual(texts, bodies.map((body) => body?.toString() ?? 'tombstone').sort());
      // What can't be decoded never reached a handler; the rest did twice.
      deepStrictEqual(
        [...attempts.values()],
        Array.from({ length: bodies.length - 2 }, () => 2),
      );
      const invalid = letters.filter(({ headers }) => headers['x-dead-letter-error-type'] === 'PATRON_MESSAGE_INVALID');
      deepStrictEqual(
        invalid.map(({ headers }) => headers['x-dead-letter-attempts']),
        ['1', '1'],
      );
    },
  },
  {
    title: 'exhausted: exit ends the consumer with the cause, and the next one gets the message',
    test: async (place) => {
      await place.send(numbered(1));
      const first = new Running(
        place.consumer({
          failure: { attempts: 2, backoff, exhausted: 'exit' },
          handle: () => {
            throw new Error('the disk is full');
          },
        }),
      );
      const error = (await first.failed()) as Error & { code?: string };
      strictEqual(error.code, 'PATRON_MESSAGE_FAILED');
      match(error.message, /failed 2 times: the disk is full/);
      const seen: number[] = [];
      const second = new Running(place.consumer({ handle: (message) => void seen.push(numberOf(message)) }));
      await second.until(() => seen.length > 0);
      await second.stop();
      deepStrictEqual(seen, [0]);
    },
  },
  {
    title: 'exhausted: ack passes the message over',
    test: async (place) => {
      await place.send(numbered(3, 1));
      const seen: number[] = [];
      const running = new Running(
        place.consumer({
          failure: { attempts: 1, exhausted: 'ack' },
          handle: (message) => {
            seen.push(numberOf(message));
            if (numberOf(message) === 1) throw new Error('never mind');
          },
        }),
      );
      await running.until(() => seen.length >= 3);
      await running.stop();
      deepStrictEqual(sorted(seen), [0, 1, 2]);
    },
  },
  {
    title: 'exhausted: nack gives the message back, and the broker counts its deliveries',
    needs: ({ nack }) => nack,
    test: async (place) => {
      await place.send(numbered(1));
      const deliveries: (number | undefined)[] = [];
      const running = new Running(
        place.consumer({
          failure: { attempts: 1, exhausted: 'nack' },
          handle: (message) => {
            deliveries.push(message.deliveries);
            if (deliveries.length < 3) throw new Error('not now');
          },
        }),
      );
      await running.until(() => deliveries.length >= 3);
      await running.stop();
      deepStrictEqual(deliveries, [1, 2, 3]);
    },
  },
  {
    title: 'a handler whose time is up is told by its signal, and its message is tried again',
    test: async (place) => {
      await place.send(numbered(1));
      const codes: unknown[] = [];
      let done = 0;
      const running = new Running(
        place.consumer({
          handlerTimeoutMs: 30,
          failure: { attempts: 2, backoff },
          handle: ({ signal, attempt }) => {
            if (attempt === 2) return void done++;
            return new Promise<void>((_, reject) => {
              signal.addEventListener('abort', () => {
                codes.push((signal.reason as { code?: unknown }).code);
                reject(signal.reason as Error);
              });
            });
          },
        }),
      );
      await running.until(() => done === 1);
      await running.stop();
      deepStrictEqual(codes, ['PATRON_MESSAGE_HANDLER_TIMEOUT']);
    },
  },
];
