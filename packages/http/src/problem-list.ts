/** The message of an error that names all problems at once: a line each below what they are about. */
export function problemList(about: string, problems: readonly string[]): string {
  const count = `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`;
  return `${about}: ${count}\n${problems.map((problem) => `  - ${problem}`).join('\n')}`;
}
