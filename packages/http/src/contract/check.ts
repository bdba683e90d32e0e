import { isSchema, show } from '@patron/core/data';
import { parseRange } from '../negotiation/media-range.ts';
import { DESCRIPTION_FIELDS } from '../openapi/description.ts';
import { PLACES } from './input.ts';

/** The options of a route that are about its contract. */
export const CONTRACT_OPTIONS: readonly string[] = [...PLACES, 'answer', 'answers', 'codecs', ...Object.keys(DESCRIPTION_FIELDS)];

/** What is wrong with the options of a route that are about its contract. */
export function checkContract(options: object): string[] {
  const given = options as Record<string, unknown>;
  const problems = [...PLACES, 'answer'].flatMap((name) =>
    given[name] === undefined || isSchema(given[name]) ? [] : [`${name} is no Standard Schema (version 1)`],
  );
  problems.push(...checkAnswers(given['answers']), ...checkCodecs(given['codecs']), ...checkDescription(given));
  if (given['answer'] !== undefined && given['answers'] !== undefined) problems.push('answer and answers are both there: it takes one');
  return problems;
}

/** What is wrong with what `routes()` is told of bodies. */
export function checkBodies({ codecs, errors }: { codecs?: unknown; errors?: unknown }): string[] {
  const problems = checkCodecs(codecs);
  if (errors !== undefined && errors !== 'json' && errors !== 'problem')
    problems.push(`errors is ${show(errors)}; it has to be "json" or "problem"`);
  return problems;
}

function checkAnswers(answers: unknown): string[] {
  if (answers === undefined) return [];
  if (typeof answers !== 'object' || answers === null || isSchema(answers)) {
    return [`answers is ${isSchema(answers) ? 'a schema' : show(answers)}; it has to be an object of schemas by status`];
  }
  const problems = Object.entries(answers).flatMap(([status, schema]) => {
    if (!/^[2-5]\d\d$/.test(status)) return [`answers: ${show(status)} is no status from 200 to 599`];
    if (schema === null || isSchema(schema))
      return isBodiless(status) && schema !== null ? [`answers: a ${status} has no body: write null`] : [];
    return [`answers: ${status} is no Standard Schema (version 1), nor null`];
  });
  return Object.keys(answers).length === 0 ? ['answers is empty: no answer would fit'] : problems;
}

function isBodiless(status: string): boolean {
  return status === '204' || status === '205' || status === '304';
}

function checkCodecs(codecs: unknown): string[] {
  if (codecs === undefined) return [];
  if (!Array.isArray(codecs)) return [`codecs is ${show(codecs)}; it has to be an array`];
  const seen = new Map<string, number>();
  return codecs.flatMap((codec: unknown, index) => {
    const { contentTypes, encode, decode } = (codec ?? {}) as Record<string, unknown>;
    if (typeof encode !== 'function' || typeof decode !== 'function') return [`codec ${index} is ${show(codec)} without encode and decode`];
    if (!Array.isArray(contentTypes) || contentTypes.length === 0) return [`codec ${index} has no contentTypes`];
    return contentTypes.flatMap((type: unknown) => {
      if (!isMediaType(type)) return [`codec ${index}: ${show(type)} is no media type`];
      const other = seen.get(type.toLowerCase());
      seen.set(type.toLowerCase(), index);
      return other === undefined ? [] : [`codec ${index}: ${show(type)} is read by codec ${other} already`];
    });
  });
}

function isMediaType(type: unknown): type is string {
  return typeof type === 'string' && !type.includes('*') && parseRange(type) !== undefined;
}

function checkDescription(given: Record<string, unknown>): string[] {
  return Object.entries(DESCRIPTION_FIELDS).flatMap(([name, kind]) => {
    const value = given[name];
    if (value === undefined || (kind === 'array' ? Array.isArray(value) : typeof value === kind)) return [];
    return [`${name} is ${show(value)}, not ${kind === 'array' ? 'an array' : `a ${kind}`}`];
  });
}
