import { AnswerError } from '../errors.ts';

/** One event of a stream (HTML Standard §9.2). */
export interface ServerSentEvent {
  /** Given back as `Last-Event-ID` when the client comes again. @default that of the event before */
  readonly id?: string;
  /** What listeners of the client are called by. @default `message` */
  readonly event?: string;
  /** A string as it is, of as many lines as it has; anything else as JSON. */
  readonly data: unknown;
}

/** A comment: what a client throws away, and an idle connection is kept alive and found out to be dead by. */
export const HEARTBEAT = ':\n\n';

const LINE_BREAK = /\r\n|\r|\n/;

/** An event as it is sent. @throws AnswerError for an id or a name that would end its line, and for data without a JSON form. */
export function frame({ id, event, data }: ServerSentEvent): string {
  const text = typeof data === 'string' ? data : json(data);
  let lines = '';
  if (event !== undefined) lines += `event: ${checked('event', event)}\n`;
  if (id !== undefined) lines += `id: ${checked('id', id)}\n`;
  for (const line of text.split(LINE_BREAK)) lines += `data: ${line}\n`;
  return `${lines}\n`;
}

function checked(field: string, value: string): string {
  if (typeof value === 'string' && !/[\r\n\0]/.test(value)) return value;
  throw new AnswerError(`the ${field} of an event is ${JSON.stringify(value)}: it has to be a text without line breaks and NUL`);
}

function json(data: unknown): string {
  const text = JSON.stringify(data) as string | undefined;
  if (text === undefined) throw new AnswerError(`the data of an event has no JSON form: it is a ${typeof data}`);
  return text;
}
