// The floor is 20.19: from there on require() of an ES module works without a flag, and patron ships ES modules only.
const floor = { major: 20, minor: 19 };

/**
 * @param {string} version as in `process.versions.node`
 * @returns {string | undefined} what to tell the user, when it's too old
 */
export function nodeVersionProblem(version) {
  const parts = version.split('.').map(Number);
  const major = parts[0] || 0;
  const minor = parts[1] || 0;
  if (major > floor.major || (major === floor.major && minor >= floor.minor)) return undefined;
  const needed = 'patron needs Node ' + floor.major + '.' + floor.minor + ' or later; this is Node ' + version + '. ';
  return needed + 'Install a newer one and run the same command again.';
}
