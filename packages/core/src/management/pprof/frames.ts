import { setImmediate as turn } from 'node:timers/promises';
import { type CodePlace, Originals } from '../../source-map/original.ts';
import type { Frame } from './profile.ts';

/** Where a function begins, as V8 tells it: lines and columns from 0, -1 where there are none. */
export interface CallFrame {
  functionName: string;
  url: string;
  lineNumber: number;
  columnNumber: number;
}

/** A function on a stack of V8's, and the line that ran in it, from 1, where V8 tells that. */
export interface CodeFrame {
  callFrame: CallFrame;
  line: number | undefined;
}

/** Makes frames out of what V8 tells: source maps are followed, and no two functions are left with one name. */
export class Frames {
  readonly #originals = new Originals();
  readonly #names = new Map<string, Set<string>>();
  readonly #made = new Map<string, Frame>();

  /** Reads the source maps of all of them; {@link of} knows the frames afterwards. Lets the loop turn meanwhile. */
  async load(frames: readonly CodeFrame[]): Promise<void> {
    const ofCode = frames.filter(hasCode);
    await this.#originals.load(
      ofCode.flatMap((frame) => [startOf(frame.callFrame), lineOf(frame)]),
      () => turn(),
    );
    for (const frame of ofCode) {
      const { name, file, startLine } = this.#plain(frame);
      let places = this.#names.get(name);
      if (places === undefined) this.#names.set(name, (places = new Set()));
      places.add(`${file}:${startLine}`);
    }
  }

  of(frame: CodeFrame): Frame {
    const { functionName, url, lineNumber, columnNumber } = frame.callFrame;
    const key = `${functionName}\0${url}\0${lineNumber}\0${columnNumber}\0${frame.line ?? ''}`;
    let made = this.#made.get(key);
    if (made === undefined) this.#made.set(key, (made = this.#distinct(this.#plain(frame))));
    return made;
  }

  #plain(frame: CodeFrame): Frame {
    const { callFrame } = frame;
    const name = callFrame.functionName === '' ? (callFrame.lineNumber < 0 ? '(module)' : '(anonymous)') : callFrame.functionName;
    if (!hasCode(frame)) return { name, file: callFrame.url, line: 0, startLine: 0 };
    const start = this.#originals.of(startOf(callFrame));
    const at = this.#originals.of(lineOf(frame));
    return { name: start.name ?? name, file: start.file, startLine: start.line, line: at.file === start.file ? at.line : start.line };
  }

  /** Readers add up what has the same name, in whatever file: there are many `handle`s, and more without a name. */
  #distinct(frame: Frame): Frame {
    if ((this.#names.get(frame.name)?.size ?? 0) < 2 && !frame.name.startsWith('(')) return frame;
    if (frame.file === '') return frame;
    return { ...frame, name: `${frame.name} ${frame.file.slice(frame.file.lastIndexOf('/') + 1)}:${frame.startLine}` };
  }
}

function hasCode({ callFrame }: CodeFrame): boolean {
  return callFrame.url !== '';
}

function startOf({ url, lineNumber, columnNumber, functionName }: CallFrame): CodePlace {
  const place = { url, line: Math.max(0, lineNumber) + 1, column: Math.max(0, columnNumber) };
  return functionName === '' ? place : { ...place, name: functionName };
}

/** On the line on which a function begins, its own place is nearer than the first of the line: all of a bundle may be there. */
function lineOf({ callFrame, line }: CodeFrame): CodePlace {
  if (line === undefined || line === callFrame.lineNumber + 1) return startOf(callFrame);
  return { url: callFrame.url, line, column: undefined };
}
