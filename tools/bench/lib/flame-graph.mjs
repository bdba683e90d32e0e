import { readFileSync } from 'node:fs';
import { categoryOf } from './profile-categories.mjs';

/** @typedef {import('./cpu-profile.mjs').Frame} Frame */

/**
 * A frame with its place: `x` and `width` are shares of the whole, `depth` counts from the root.
 * @typedef {{ frame: Frame, x: number, width: number, depth: number }} Box
 */

const width = 1200;
const rowHeight = 18;
const letterWidth = 6.6;
/** Narrower than a fifth of a pixel is nothing that one could see. */
const narrowest = 0.2 / width;

const zoomScript = readFileSync(new URL('./flame-graph-zoom.js', import.meta.url), 'utf8');

/**
 * The boxes of the picture: as wide as their time, callers above what they call.
 * @param {Frame} root
 * @returns {Box[]}
 */
export function layout(root) {
  /** @type {Box[]} */
  const boxes = [];
  const place = (/** @type {Frame} */ frame, /** @type {number} */ x, /** @type {number} */ depth) => {
    const share = frame.totalUs / root.totalUs;
    if (share < narrowest) return;
    boxes.push({ frame, x, width: share, depth });
    let at = x;
    for (const child of frame.children) {
      place(child, at, depth + 1);
      at += child.totalUs / root.totalUs;
    }
  };
  place(root, 0, 0);
  return boxes;
}

/**
 * A page that shows where the time went: opens in any browser, needs no network. A click zooms in, a click on the root out.
 * @param {Frame} root
 * @param {{ title: string, requests: number }} about
 */
export function flameGraph(root, { title, requests }) {
  const boxes = layout(root);
  const height = (Math.max(...boxes.map((box) => box.depth)) + 1) * rowHeight;
  const categories = [...new Set(boxes.map((box) => categoryOf(box.frame)))].sort();
  const legend = categories.map((name) => `<li><i style="background:${colour(name)}"></i>${escape(name)}</li>`).join('');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escape(title)}</title>
<style>
  body { font: 13px system-ui, sans-serif; margin: 16px; max-width: ${width}px; color: #222; background: #fff }
  ul { display: flex; flex-wrap: wrap; gap: 2px 14px; list-style: none; padding: 0 }
  li i { display: inline-block; width: 11px; height: 11px; margin-right: 5px; vertical-align: -1px }
  svg { width: 100%; display: block }
  g { cursor: pointer }
  g:hover rect { stroke: #222; stroke-width: 1 }
  text { font: 11px ui-monospace, monospace; pointer-events: none }
</style>
<h1>${escape(title)}</h1>
<p>${(root.totalUs / requests).toFixed(1)} µs per request under the profiler, waiting left out, ${requests.toLocaleString('en-US')} requests. Callers above
what they call, as wide as their time. Click a box to zoom in, the topmost to see all again.</p>
<ul>${legend}</ul>
<svg viewBox="0 0 ${width} ${height}" data-letter="${letterWidth}" xmlns="http://www.w3.org/2000/svg">
${boxes.map((box) => toSvg(box, root.totalUs, requests)).join('\n')}
</svg>
<script>
${zoomScript}</script>
</html>
`;
}

/** @param {Box} box @param {number} wholeUs @param {number} requests */
function toSvg({ frame, x, width: share, depth }, wholeUs, requests) {
  const left = x * width;
  const wide = share * width;
  const name = escape(frame.name);
  const place = frame.line > 0 ? `${frame.file}:${frame.line}` : frame.file;
  const perRequest = (/** @type {number} */ us) => `${(us / requests).toFixed(2)} µs`;
  const tip = `${frame.name}\n${place}\n${perRequest(frame.totalUs)} per request, ${((frame.totalUs / wholeUs) * 100).toFixed(1)} %; of its own ${perRequest(frame.selfUs)}`;
  const letters = Math.floor((wide - 6) / letterWidth);
  const label = letters < 3 ? '' : escape(frame.name.length > letters ? `${frame.name.slice(0, letters - 1)}…` : frame.name);
  return (
    `<g data-x="${x}" data-w="${share}" data-d="${depth}" data-n="${name}"><title>${escape(tip)}</title>` +
    `<rect x="${left.toFixed(2)}" y="${depth * rowHeight}" width="${wide.toFixed(2)}" height="${rowHeight - 1}" rx="2" fill="${colour(categoryOf(frame))}"/>` +
    `<text x="${(left + 3).toFixed(2)}" y="${depth * rowHeight + 13}">${label}</text></g>`
  );
}

/**
 * Names of functions come from anybody's code: computed ones may hold anything.
 * @param {string} text
 */
export function escape(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}

/** @type {Record<string, string>} */
const colours = {
  '@patron/core': 'hsl(150 70% 62%)',
  '@patron/http': 'hsl(265 80% 74%)',
  '@patron/trace': 'hsl(200 85% 65%)',
  '@patron/log': 'hsl(335 80% 70%)',
  AsyncLocalStorage: 'hsl(0 75% 65%)',
  'node:http': 'hsl(45 75% 74%)',
  'node:net, streams': 'hsl(30 60% 80%)',
  'timers, ticks, promises': 'hsl(75 50% 76%)',
  'node, the rest': 'hsl(55 45% 84%)',
  'native functions': 'hsl(20 25% 76%)',
  'garbage collector': 'hsl(0 0% 60%)',
  'program, system calls': 'hsl(0 0% 82%)',
  "the service's own code": 'hsl(100 60% 66%)',
};

/**
 * The same for a category in every picture, so that two of them can be compared.
 * @param {string} category
 */
function colour(category) {
  let hash = 0;
  for (const letter of category) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return colours[category] ?? `hsl(${hash % 360} 50% 72%)`;
}
