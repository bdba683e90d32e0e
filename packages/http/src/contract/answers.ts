import type { SchemaIssue, StandardSchemaV1 } from '@patron/core/data';
import { AnswerContractError } from '../errors.ts';
import { HttpError, httpErrorOf } from '../http-error.ts';
import type { HttpHandler } from '../middleware.ts';
import { listedIn, problemsOf } from '../problem.ts';
import { HttpResponse } from '../response.ts';
import type { Method } from '../route.ts';
import { isEncoded } from '../source.ts';
import { isPromise } from '../thenable.ts';
import { responseOf, statusOf } from '../to-response.ts';

/** The schema of each status that a route answers with; null: it has no body. */
export type AnswerSchemas = Readonly<Record<number, StandardSchemaV1 | null>>;

/** The schemas of a route's answers: `answer` is that of the status of its plain values. */
export function answersOf(
  method: Method,
  { answer, answers }: { answer?: StandardSchemaV1 | undefined; answers?: AnswerSchemas | undefined },
): AnswerSchemas | undefined {
  return answer === undefined ? answers : { [statusOf(method)]: answer };
}

/**
 * A handler that keeps its word: what it answers is what the schema of the status made of it, so that a field that the
 * contract does not have never gets out. What does not fit is an error of ours. Bytes and streams go as they are.
 */
export function answering(handler: HttpHandler, method: Method, schemas: AnswerSchemas | undefined): HttpHandler {
  if (schemas === undefined) return handler;
  const usual = statusOf(method);
  const returned = (answer: unknown): unknown => checkAnswer(schemas, usual, answer);
  const thrown = (error: unknown): unknown => checkError(schemas, error);
  return (request) => {
    let answer: unknown;
    try {
      answer = handler(request);
    } catch (error) {
      return thrown(error);
    }
    return isPromise(answer) ? answer.then(returned, thrown) : returned(answer);
  };
}

function checkAnswer(schemas: AnswerSchemas, usual: number, answer: unknown): unknown {
  const response = typeof answer === 'object' && answer !== null ? responseOf(answer) : undefined;
  const status = response?.status ?? (answer === undefined ? 204 : usual);
  const body = response === undefined ? answer : response.body;
  const schema = schemas[status];
  if (schema === undefined) {
    if (status >= 300) return answer;
    const listed = Object.keys(schemas).join(', ');
    throw new AnswerContractError(status, [{ path: '', message: `there is no schema for that status, only for ${listed}` }]);
  }
  if (schema === null) {
    if (body === undefined) return answer;
    throw withBody(status);
  }
  if (isEncoded(body)) return answer;
  return check(schema, body, status, (value) => (response === undefined ? value : new HttpResponse(status, value, response.headers)));
}

/** A thrown answer is held to its schema too. Any other error goes its way, and so does what we say of input ourselves. */
function checkError(schemas: AnswerSchemas, error: unknown): unknown {
  const known = httpErrorOf(error);
  const schema = known === undefined || listedIn(known) !== undefined ? undefined : schemas[known.status];
  if (known === undefined || schema === undefined) throw error;
  if (schema === null) throw withBody(known.status);
  const { status, payload, headers } = known;
  const rethrow = (value: unknown): never => {
    throw new HttpError(status, value, headers, { cause: error });
  };
  return check(schema, payload, status, rethrow);
}

function withBody(status: number): AnswerContractError {
  return new AnswerContractError(status, [{ path: '', message: 'it has a body, and its schema is null: it has none' }]);
}

function check(schema: StandardSchemaV1, body: unknown, status: number, then: (value: unknown) => unknown): unknown {
  const result = schema['~standard'].validate(body);
  const settle = (settled: { value?: unknown; issues?: readonly SchemaIssue[] | undefined }): unknown => {
    if (settled.issues === undefined) return then(settled.value);
    const mismatches = problemsOf('body', settled.issues).map(({ path, message }) => ({ path, message }));
    // Without the error that was thrown as its cause: that is an answer, and would be found and sent.
    throw new AnswerContractError(status, mismatches);
  };
  return isPromise(result) ? result.then(settle) : settle(result);
}
