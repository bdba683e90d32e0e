import type { ServerResponse } from 'node:http';

/** Answers with a JSON body, readable by people: who asks is often curl. */
export function answerJson(response: ServerResponse, status: number, value: unknown): void {
  answerText(response, status, `${JSON.stringify(value, undefined, 2)}\n`, 'application/json; charset=utf-8');
}

/** Answers with text. Nothing here may be kept by a cache: it is the state of this moment. */
export function answerText(response: ServerResponse, status: number, text: string, type: string): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text), 'Cache-Control': 'no-store' });
  response.end(text);
}
