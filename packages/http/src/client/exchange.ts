import type { IncomingHttpHeaders } from 'node:http';
import type { ActiveOperation } from '@patron/trace';
import type { Dispatcher } from 'undici';
import { atLeast } from '../deadline/timers.ts';
import type { Call } from './call.ts';
import { HttpClientError } from './errors.ts';
import { abortType, failedCall, failureOf, type Stage, timeoutOf, typeOf } from './failure.ts';
import { onAbort } from './on-abort.ts';
import { releaseBody } from './request-body.ts';
import { type BodySource, ReceivedBody } from './received-body.ts';
import { HttpClientResponse } from './response.ts';

/**
 * One attempt at a call: from undici's queue to the last byte of the answer. It ends once, and its operation with it,
 * whichever comes first: the end of the body, a failure, the timeout, the caller's signal, the caller's lack of interest.
 *
 * It is undici's own kind of handler, and not its `request()`, because that one can't give up before it has a connection,
 * and hands out bodies that hold theirs until somebody reads them.
 */
export class Exchange implements Dispatcher.DispatchHandler, BodySource {
  readonly #call: Call;
  readonly #active: ActiveOperation;
  readonly #onOver: (exchange: Exchange) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #unlisten: (() => void) | undefined;
  #settle: { resolve(response: HttpClientResponse): void; reject(error: unknown): void } | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #stage: Stage = 'connection';
  #status: number | undefined;
  #body: ReceivedBody | undefined;
  #over = false;

  constructor(call: Call, active: ActiveOperation, onOver: (exchange: Exchange) => void) {
    this.#call = call;
    this.#active = active;
    this.#onOver = onOver;
    this.#timer = setTimeout(() => this.#timeOut(), call.isShortened === true ? atLeast(call.timeoutMs) : call.timeoutMs);
    const { signal } = call;
    if (signal !== undefined) this.#unlisten = onAbort(signal, () => this.#fail(signal.reason, abortType(signal.reason)));
  }

  /** Sends it. Resolves with the head of the answer. */
  send(dispatcher: Dispatcher, headers: string[]): Promise<HttpClientResponse> {
    const { method, target, body } = this.#call;
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      try {
        // The timeout of the call is ours, over all of it: undici's begin anew with each piece of a body.
        const timeouts = { headersTimeout: 0, bodyTimeout: 0 };
        dispatcher.dispatch({ origin: target.origin, path: target.path, method, headers, body, ...timeouts }, this);
      } catch (error) {
        this.onResponseError(undefined, error);
      }
    });
  }

  /** Ends it from outside: the client closes. */
  abort(reason: (call: Call) => HttpClientError): void {
    const error = reason(this.#call);
    this.#fail(error, error.code);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Given up while it waited for a connection: nothing is sent. Thrown and not aborted, which would cost the connection.
    if (this.#over) throw new HttpClientError('PATRON_HTTP_CLIENT_TIMEOUT', failedCall(this.#call), 'was given up before it was sent');
    this.#controller = controller;
    this.#stage = 'answer';
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (this.#over || status < 200) return; // 1xx: the answer is still to come (RFC 9110 §15.2)
    this.#stage = 'body';
    this.#status = status;
    this.#body = new ReceivedBody(this);
    this.#settle?.resolve(new HttpClientResponse(this.#call, status, headers, this.#body, (error) => this.#fail(error, error.code)));
  }

  onRequestUpgrade(): void {
    throw new Error('the server changed to another protocol, which nobody asked for');
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#body?.push(chunk) === false) controller.pause();
  }

  onResponseEnd(): void {
    if (!this.#leave()) return;
    this.#body?.end();
    this.#end();
  }

  onResponseError(_: unknown, error: unknown): void {
    if (!this.#over) this.#fail(failureOf(this.#call, error, this.#stage, this.#status), typeOf(error));
  }

  resume(): void {
    if (!this.#over) this.#controller?.resume();
  }

  stop(reason: Error): void {
    if (!this.#leave()) return;
    this.#end(); // the caller had what it wanted: no failure
    this.#controller?.abort(reason);
  }

  #timeOut(): void {
    const error = timeoutOf(this.#call, this.#stage, this.#status);
    if (this.#body === undefined || this.#body.state === 'read') {
      this.#fail(error, error.code);
      return;
    }
    // The answer came, and what is left of it nobody missed: no failure of the call.
    if (this.#body.state === 'unread') {
      const { method, url } = error;
      const fields = { method, url, timeoutMs: this.#call.timeoutMs };
      this.#active.logger.warn('the body of an answer was never read: it held its connection until the timeout', fields);
    }
    this.#body.fail(error);
    this.stop(error);
  }

  #fail(error: unknown, type: string): void {
    if (!this.#leave()) return;
    this.#active.end(this.#status === undefined ? { status: '', error: type } : { status: this.#status, error: type });
    if (this.#body === undefined) this.#settle?.reject(error);
    else this.#body.fail(error);
    releaseBody(this.#call.body);
    this.#controller?.abort(error as Error);
  }

  /** By the status: 4xx and 5xx are errors of a call (semantic conventions, HTTP client spans). */
  #end(): void {
    const status = this.#status ?? 0;
    this.#active.end(status >= 400 ? { status, error: status } : { status });
  }

  /** Whether this is its end; there is one. */
  #leave(): boolean {
    if (this.#over) return false;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#unlisten?.();
    this.#onOver(this);
    return true;
  }
}
