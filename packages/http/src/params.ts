type Segments<Path extends string> = Path extends `${infer Segment}/${infer Rest}` ? Segment | Segments<Rest> : Path;

type OptionalName<Segment> = Segment extends `:${infer Name}?` ? Name : never;

type ParamName<Segment> = Segment extends `:${string}?` ? never : Segment extends `:${infer Name}` ? Name : never;

type WildcardName<Segment> = Segment extends `*${infer Name}` ? (Name extends '' ? never : Name) : never;

/** The params that are one segment, and always there. @internal */
export type SegmentParams<Path extends string> = { readonly [Name in ParamName<Segments<Path>>]: string };

type ValuesOf<Segment, Optional extends string> = [Optional] extends [never]
  ? { readonly [Name in ParamName<Segment> | WildcardName<Segment>]: string }
  : { readonly [Name in ParamName<Segment>]: string } & { readonly [Name in Optional]?: string };

/**
 * The params of a path: `Params<'/orders/:id'>` is `{ readonly id: string }`, `Params<'/orders/:id?'>` is
 * `{ readonly id?: string }`, and `Params<'/files/*path'>` is `{ readonly path: string }`. Where the path is only known at run
 * time, any name may be there.
 */
export type Params<Path extends string = string> = string extends Path
  ? Readonly<Record<string, string>>
  : ValuesOf<Segments<Path>, OptionalName<Segments<Path>>>;
