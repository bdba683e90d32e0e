import { isDeepStrictEqual } from 'node:util';
import type { Route } from '../route.ts';
import type { Routes } from '../routes.ts';
import type { SecurityRequirement } from './description.ts';
import type { JsonSchema } from './document.ts';
import type { OpenApiOptions } from './options.ts';

/** What the routes of a document want of their callers, by what they say themselves, else by who guards them. */
export class Security {
  readonly #schemes: Record<string, JsonSchema>;
  readonly #auth: Routes['defaults']['auth'];
  readonly #isSaid: boolean;
  readonly #isDescribed: boolean;

  constructor(list: readonly Route[], { auth }: Routes['defaults'], { security, securitySchemes = {} }: OpenApiOptions) {
    this.#schemes = { ...securitySchemes };
    this.#auth = auth;
    this.#isSaid = security !== undefined;
    this.#isDescribed = list.some((route) => this.#schemeOf(route) !== undefined);
  }

  /** Security Scheme Objects by name; undefined without any. */
  get schemes(): Readonly<Record<string, JsonSchema>> | undefined {
    return Object.keys(this.#schemes).length === 0 ? undefined : this.#schemes;
  }

  /** Undefined: what the document says of all. An open route among guarded ones says that it is open. */
  of(route: Route): readonly SecurityRequirement[] | undefined {
    const { security, auth = this.#auth } = route.options;
    if (security !== undefined) return security;
    const scheme = this.#schemeOf(route);
    if (scheme !== undefined) return [{ [this.#nameOf(scheme)]: [] }];
    const isOpen = auth === 'none' || (auth === undefined && !this.#isSaid);
    return isOpen && this.#isDescribed ? [] : undefined;
  }

  #schemeOf({ options: { auth = this.#auth, hidden } }: Route): JsonSchema | undefined {
    return hidden === true || auth === undefined || auth === 'none' ? undefined : auth.securityScheme;
  }

  /** That of an equal one, else one of its own: `bearer`, `bearer2`. */
  #nameOf(scheme: JsonSchema): string {
    const known = Object.entries(this.#schemes).find(([, other]) => isDeepStrictEqual(other, scheme));
    if (known !== undefined) return known[0];
    const base = String(scheme['type'] === 'http' ? scheme['scheme'] : scheme['type']);
    let name = base;
    for (let next = 2; this.#schemes[name] !== undefined; next++) name = `${base}${next}`;
    this.#schemes[name] = scheme;
    return name;
  }
}
