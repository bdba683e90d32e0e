/** What a route says of itself in an OpenAPI document. It changes nothing about how it is served. */
export interface RouteDescription {
  /** One line. @default none */
  readonly summary?: string;
  /** As long as it takes, in Markdown. @default none */
  readonly description?: string;
  /** What groups it in the document. @default none */
  readonly tags?: readonly string[];
  /** What generators of clients call it; unique in the document. @default made of method and path: `getOrdersById` */
  readonly operationId?: string;
  /** Whether clients shall stop using it. @default false */
  readonly deprecated?: boolean;
  /** Whether the document leaves it out. @default false */
  readonly hidden?: boolean;
  /** What a caller has to bring, by the names of `securitySchemes`; an empty list: nothing. @default what its `auth` asks for, else that of the document */
  readonly security?: readonly SecurityRequirement[];
}

/** Schemes that have to be satisfied together, each with its scopes. */
export type SecurityRequirement = Readonly<Record<string, readonly string[]>>;

/** The names of the fields of {@link RouteDescription}, and what each has to be. */
export const DESCRIPTION_FIELDS = {
  summary: 'string',
  description: 'string',
  operationId: 'string',
  deprecated: 'boolean',
  hidden: 'boolean',
  tags: 'array',
  security: 'array',
} as const satisfies Record<keyof RouteDescription, 'string' | 'boolean' | 'array'>;
