/** A promise, and what settles it. */
export interface Later<T> {
  promise: Promise<T>;
  resolve(value: T): void;
}

export function later<T = void>(): Later<T> {
  let settle: ((value: T) => void) | undefined;
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: (value) => settle?.(value) };
}

/** Lets what is due happen. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
