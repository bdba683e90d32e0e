type ParamOf<Segment extends string> = Segment extends `:${infer Name}` ? Name : never;

type ParamNames<Path extends string> = Path extends `${infer Segment}/${infer Rest}` ? ParamOf<Segment> | ParamNames<Rest> : ParamOf<Path>;

/**
 * The params of a path: `Params<'/orders/:id'>` is `{ readonly id: string }`. Where the path is only known at run time, any
 * name may be there.
 */
export type Params<Path extends string = string> = string extends Path
  ? Readonly<Record<string, string>>
  : { readonly [Name in ParamNames<Path>]: string };
