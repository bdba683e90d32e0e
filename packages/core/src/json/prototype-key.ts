/**
 * Whether a value that came out of a JSON text has a key with which careless code further in reaches `Object.prototype`:
 * `__proto__`, or `constructor` with a `prototype` in it. The text tells fast that it has none; only where it has such
 * a word, or an escape that could spell one, the value is searched, without recursion. As a string it may occur.
 */
export function hasPrototypeKey(text: string, value: unknown): boolean {
  const suspicious = text.includes('__proto__') || text.includes('constructor') || text.includes('\\u');
  return suspicious && search(value);
}

function search(root: unknown): boolean {
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) {
      for (const item of value) pending.push(item);
      continue;
    }
    for (const [key, child] of Object.entries(value)) {
      if (key === '__proto__') return true;
      if (key === 'constructor' && typeof child === 'object' && child !== null && Object.hasOwn(child, 'prototype')) return true;
      pending.push(child);
    }
  }
  return false;
}
