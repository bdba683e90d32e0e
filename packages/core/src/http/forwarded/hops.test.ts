import { describe, expect, test } from '@jest/globals';
import { hopsOfForwarded, hopsOfXForwardedFor, plainAddress } from './hops.ts';

describe('the hops of Forwarded, the nearest first', () => {
  test.each<[string, (string | undefined)[]]>([
    ['for=192.0.2.60;proto=http;by=203.0.113.43', ['192.0.2.60']],
    ['for=192.0.2.43, for=198.51.100.17', ['198.51.100.17', '192.0.2.43']],
    ['For="[2001:db8:cafe::17]:4711"', ['2001:db8:cafe::17']],
    ['for="192.0.2.43:47011"', ['192.0.2.43']],
    ['FOR=192.0.2.43 ;  proto=https', ['192.0.2.43']],
    ['for=192.0.2.43,, ,for=192.0.2.44,', ['192.0.2.44', '192.0.2.43']],
    ['for="\\1\\9\\2.0.2.43"', ['192.0.2.43']],
    ['for="[2001:DB8:0:0::1]"', ['2001:db8::1']],
    ['for="[::ffff:7f00:1]"', ['127.0.0.1']],
    ['for=unknown', [undefined]],
    ['for=_hidden, for="_SEVKISEK"', [undefined, undefined]],
    ['proto=https', [undefined]],
    ['for=192.0.2.43;for=192.0.2.44', [undefined]],
    ['for=[2001:db8::1]', [undefined]],
    ['for="2001:db8::1"', [undefined]],
    ['for="[192.0.2.43]"', [undefined]],
    ['for="[fe80::1%eth0]"', [undefined]],
    ['for=192.0.2.43 proto=https', [undefined]],
    ['for = 192.0.2.43', [undefined]],
    ['for=192.0.2.256', [undefined]],
    ['192.0.2.43', [undefined]],
    ['', []],
  ])('%s', (value, hops) => {
    expect([...hopsOfForwarded(value)]).toEqual(hops);
  });

  // A client may send any of these; a proxy adds its own element behind.
  test.each(['for="', 'for=";x=', '"', 'for="\\', 'x="a, for=10.0.0.1', '"""', 'for="10.0.0.1", "'])(
    'are told by the nearest proxy, whatever quotes a client has left open: %s',
    (sent) => {
      expect([...hopsOfForwarded(`${sent}, for=198.51.100.17`)][0]).toBe('198.51.100.17');
      expect([...hopsOfForwarded(`${sent}, for="[2001:db8::1]:80";proto=https`)][0]).toBe('2001:db8::1');
    },
  );

  test('are read in a time that grows with their length only', () => {
    const startedAt = performance.now();
    for (const one of ['"', '\\', ',', ';', '\\"', 'for="', 'for=a;'])
      expect([...hopsOfForwarded(one.repeat(16_384 / one.length))]).toBeDefined();
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});

describe('the hops of X-Forwarded-For, the nearest first', () => {
  test.each<[string, (string | undefined)[]]>([
    ['203.0.113.195', ['203.0.113.195']],
    ['203.0.113.195, 70.41.3.18 ,150.172.238.178', ['150.172.238.178', '70.41.3.18', '203.0.113.195']],
    ['203.0.113.195:41237', ['203.0.113.195']],
    ['2001:db8:85a3:8d3:1319:8a2e:370:7348', ['2001:db8:85a3:8d3:1319:8a2e:370:7348']],
    ['[2001:db8::1]:41237,[2001:db8::2]', ['2001:db8::2', '2001:db8::1']],
    ['::ffff:10.0.0.1', ['10.0.0.1']],
    [',203.0.113.195,', ['203.0.113.195']],
    ['unknown, 203.0.113.195', ['203.0.113.195', undefined]],
    ['"203.0.113.195"', [undefined]],
    ['fe80::1%1', [undefined]],
    ['0x7f.1', [undefined]],
    ['127.1', [undefined]],
    [',', []],
    ['', []],
  ])('%s', (value, hops) => {
    expect([...hopsOfXForwardedFor(value)]).toEqual(hops);
  });
});

test('an address has one spelling, and what is none is left as it is', () => {
  expect(['::FFFF:192.0.2.1', '2001:DB8::0:1', '192.0.2.1', 'fe80::1%eth0', ''].map(plainAddress)).toEqual([
    '192.0.2.1',
    '2001:db8::1',
    '192.0.2.1',
    'fe80::1%eth0',
    '',
  ]);
});
