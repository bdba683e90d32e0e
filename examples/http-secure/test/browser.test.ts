import { expect } from '@jest/globals';
import { cert } from '../../../packages/core/test/support/certificate.ts';
import { Browser, chromium } from './browser.ts';
import { API_KEY, NUMBERS, secureService } from './secure-service.ts';
import { testWith } from './where-it-is.ts';

const secure = secureService();
const testWithChromium = testWith(
  chromium,
  ['--version'],
  `${chromium} is not here (Debian package chromium, or CHROMIUM), so no browser looks at the site`,
);

const ASKED = `(async () => {
  const authorization = 'Apikey ${API_KEY}';
  const order = await fetch('/api/orders', {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ item: 'tea', amount: 2 }),
  });
  const form = new FormData();
  form.append('photo', new File([new Uint8Array(1000).fill(7)], 'photo.jpg', { type: 'image/jpeg' }));
  const taken = await fetch('/api/photos', { method: 'POST', headers: { authorization }, body: form });
  const numbers = await fetch('/api/numbers?count=100000');
  let bytes = 0;
  let pieces = 0;
  for (const reader = numbers.body.getReader(); ; pieces++) {
    const { value, done } = await reader.read();
    if (done) break;
    bytes += value.length;
  }
  return {
    order: [order.status, await order.json()],
    taken: [taken.status, await taken.json()],
    refused: (await fetch('/api/orders')).status,
    stream: { bytes, isInPieces: pieces > 1 },
  };
})()`;

testWithChromium(
  'Chromium: site and script, events, JSON, upload, stream',
  async () => {
    const browser = await Browser.start(cert);
    try {
      await browser.open(`${secure.base}/`);
      expect(await browser.run('document.querySelector("h1").textContent')).toBe('Shop');
      // Its script listens to the clock.
      const ticks = `new Promise((resolve) => {
      const clock = document.querySelector('#clock');
      const look = () => /tick ([2-9]|[1-9][0-9])/.test(clock.textContent) && resolve(clock.textContent);
      new MutationObserver(look).observe(clock, { childList: true });
      look();
    })`;
      expect(await browser.run(ticks)).toMatch(/^tick [0-9]+$/);
      expect(await browser.run(ASKED)).toEqual({
        order: [201, { id: expect.any(String), item: 'tea', amount: 2 }],
        taken: [201, [{ name: 'photo.jpg', bytes: 1000, sha256: expect.any(String) }]],
        refused: 401,
        stream: { bytes: NUMBERS.bytes, isInPieces: true },
      });
      await browser.open(`${secure.base}/orders/7`);
      expect(await browser.run('[location.pathname, document.title]')).toEqual(['/orders/7', 'Shop']);
    } finally {
      await browser.close();
    }
  },
  60_000,
);
