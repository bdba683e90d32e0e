import type { StandardSchemaV1 } from '@patron/core/data';
import { checkRoutes } from '../check.ts';
import type { Route } from '../route.ts';
import { STRICT } from '../routing/path-policy.ts';
import type { Routes } from '../routes.ts';
import { Components } from './components.ts';
import type { JsonSchema, OpenApiDocument, Operation } from './document.ts';
import { OpenApiError } from './errors.ts';
import { FrameworkErrors } from './errors-of.ts';
import { type Direction, jsonSchemaOf } from './json-schema.ts';
import { operationOf } from './operation.ts';
import { OperationIds } from './operation-ids.ts';
import { checkOptions, type OpenApiOptions } from './options.ts';
import { PathTemplates } from './paths.ts';
import { Security } from './security.ts';

const NO_BODIES = { codecs: [], errors: 'json' } as const satisfies Routes['bodies'];

/**
 * An OpenAPI 3.1 document of routes: their paths, what their schemas say of input and answers, and the errors that patron
 * answers with. Routes with `hidden` are left out, as is HEAD where a GET answers it.
 *
 * @param source - What `routes()` made, so that codecs and form of errors are known; or a list of routes.
 * @throws OpenApiError with every problem: a schema that its library has no JSON Schema for, an `operationId` that occurs twice.
 *
 * @example
 * ```ts
 * import { get, routes } from '@patron/http';
 * import { openapi } from '@patron/http/openapi';
 * import { z } from 'zod';
 *
 * const order = z.object({ id: z.string(), items: z.array(z.string()) }).meta({ id: 'Order' });
 * const shop = routes([get('/orders/:id', ({ params }) => ({ id: params.id, items: ['tea'] }), { answer: order, summary: 'One order' })]);
 *
 * const document = openapi(shop, { info: { title: 'Shop', version: '1.0.0' } });
 * console.log(JSON.stringify(document.paths['/orders/{id}']?.['get']?.responses['200']));
 * ```
 */
export function openapi(source: Routes | readonly Route[], options: OpenApiOptions): OpenApiDocument {
  const list = 'list' in source ? source.list : source;
  const problems = [...checkOptions(options), ...('list' in source ? [] : checkRoutes(list, STRICT))];
  if (problems.length > 0) throw new OpenApiError(problems);

  const { codecs, errors: format } = 'bodies' in source ? source.bodies : NO_BODIES;
  const { info, servers, security, tags, toJsonSchema } = options;
  const defaults = 'defaults' in source ? source.defaults : {};
  const guards = new Security(list, defaults, options);
  const components = new Components();
  const errors = new FrameworkErrors(components, format, defaults);
  const templates = new PathTemplates();
  const ids = new OperationIds(list);
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of list) {
    if (route.options.hidden === true) continue;
    const label = `${route.method} ${route.path}`;
    for (const template of templates.of(route.path)) {
      const operationId = ids.of(route, template.template);
      const adopt = (schema: StandardSchemaV1, direction: Direction, place: string) => {
        try {
          return components.adopt(jsonSchemaOf(schema, direction, toJsonSchema), direction, `${operationId}_${place.replace(' ', '')}`);
        } catch (error) {
          problems.push(`${label}: ${place} has no JSON Schema: ${(error as Error).message}`);
          return {};
        }
      };
      const resolve = (schema: JsonSchema): JsonSchema => components.resolve(schema);
      const operation = operationOf(route, template, operationId, { codecs, errors, guards, adopt, resolve });
      const method = route.method.toLowerCase();
      if (paths[template.template]?.[method] === undefined) (paths[template.template] ??= {})[method] = operation;
    }
  }
  const securitySchemes = guards.schemes;
  problems.push(...ids.problems);
  if (problems.length > 0) throw new OpenApiError([...new Set(problems)]);
  return {
    openapi: '3.1.0',
    info,
    ...(servers === undefined ? {} : { servers }),
    ...(security === undefined ? {} : { security }),
    ...(tags === undefined ? {} : { tags }),
    paths,
    components: {
      schemas: components.schemas,
      responses: errors.responses,
      ...(securitySchemes === undefined ? {} : { securitySchemes }),
    },
  };
}
