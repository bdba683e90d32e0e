/**
 * A package that users install where they need it.
 *
 * @param specifier - Name and major version, as the command takes them: `jose@6`.
 * @param load - What is wanted of it; `require` is that of this package. The name stands in the call, where the checks of the graph see it.
 * @param missing - The error of who needs it, with a sentence that has the command.
 */
export function optionalLibrary<T>(
  specifier: string,
  load: (require: NodeJS.Require) => T,
  missing: (problem: string, options: ErrorOptions) => Error,
): T {
  const { createRequire } = process.getBuiltinModule('node:module');
  try {
    return load(createRequire(import.meta.url));
  } catch (cause) {
    const name = specifier.slice(0, specifier.lastIndexOf('@'));
    throw missing(`it needs ${name}; install it with: npm install ${specifier}`, { cause });
  }
}
