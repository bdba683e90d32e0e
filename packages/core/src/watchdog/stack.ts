import type { Runtime } from 'node:inspector';
import { setTimeout as sleep } from 'node:timers/promises';
import { Originals } from '../source-map/original.ts';

const MAX_FRAMES = 30;

/**
 * The stack of the main thread, seen from another one: `function file:line` as they were written, the innermost first. Nothing
 * is stopped and no debugger is on: V8 interrupts the code that runs to answer us, and the answer to an expression that throws
 * carries the stack on which it was evaluated. No code of the user's runs for it, as it would for `new Error().stack`.
 *
 * Code that is native (JSON.parse of megabytes, a synchronous call of the system) can't be interrupted. Its stack is empty then,
 * or that of the JavaScript which ran next.
 *
 * @param signal - Aborts when nobody wants to know any more. Never rejects: without an inspector there is no stack.
 */
export async function stackOfMainThread(signal: AbortSignal): Promise<readonly string[]> {
  const frames = await callFrames(signal).catch(() => []);
  const places = frames.map(({ url, lineNumber, columnNumber }) => ({ url, line: lineNumber + 1, column: columnNumber }));
  const originals = new Originals();
  await originals.load(
    places.filter(({ url }) => url !== ''),
    () => sleep(0),
  );
  return places.map((place, i) => {
    const { file, line } = originals.of(place);
    const name = frames[i]?.functionName ?? '';
    return `${name === '' ? '(anonymous)' : name} ${file}:${line}`;
  });
}

/** Of the user and of Node, without the expression itself. */
async function callFrames(signal: AbortSignal): Promise<readonly Runtime.CallFrame[]> {
  const { Session } = await import('node:inspector'); // not every build of Node has it
  const session = new Session();
  session.connectToMainThread();
  try {
    return await new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => resolve([]), { once: true });
      session.post('Runtime.enable'); // without, V8 keeps no stack of what is thrown
      session.post('Runtime.evaluate', { expression: 'throw 0', silent: true }, (error, answer) => {
        if (error === null) resolve(answer.exceptionDetails?.stackTrace?.callFrames.slice(1, MAX_FRAMES + 1) ?? []);
        else reject(error);
      });
    });
  } finally {
    session.disconnect(); // switches off what was switched on
  }
}
