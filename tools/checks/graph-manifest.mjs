/**
 * Do dependencies, peerDependencies and devDependencies say what the imports and the graph say?
 * @param {import('../lib/repository.mjs').Package} one
 * @param {import('./graph-rules.mjs').PackageRule} rule
 * @param {Set<string>} imported packages that the shipped files import
 * @returns {string[]}
 */
export function manifestProblems({ folder, manifest }, rule, imported) {
  const at = `${folder}/package.json`;
  const { dependencies = {}, devDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = manifest;
  /** @type {string[]} */
  const problems = [];

  for (const [name, kind] of kinds(rule)) {
    const isDeclared = name in dependencies || name in peerDependencies;
    if (!isDeclared) {
      if (imported.has(name)) problems.push(`${at} does not declare ${name}, which its sources import`);
      continue;
    }
    if (!imported.has(name)) problems.push(`${at} declares ${name}, but its sources never import it`);
    const range = dependencies[name] ?? devDependencies[name];
    if (name.startsWith('@patron/') && range !== undefined && !range.startsWith('workspace:'))
      problems.push(`${at}: ${name} should be "workspace:^", not "${range}"`);
    if (kind === 'dependency') {
      if (!(name in dependencies)) problems.push(`${at}: ${name} is used by everyone, so it belongs in dependencies`);
      continue;
    }
    if (name in dependencies) problems.push(`${at}: ${name} is a peer (the application installs it); take it out of dependencies`);
    if (!(name in peerDependencies)) problems.push(`${at}: ${name} belongs in peerDependencies`);
    if (!(name in devDependencies)) problems.push(`${at}: ${name} belongs in devDependencies too, or nothing installs it here`);
    const isOptional = peerDependenciesMeta[name]?.optional === true;
    if (isOptional !== (kind === 'optional peer')) {
      problems.push(
        `${at}: ${name} ${isOptional ? 'is a required peer: take it out of' : 'is an optional peer: mark it in'} peerDependenciesMeta`,
      );
    }
  }
  const known = new Map(kinds(rule));
  for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
    if (!known.has(name)) problems.push(`${at} depends on ${name}, which tools/checks/graph-rules.mjs does not allow`);
  }
  return problems;
}

/**
 * @param {import('./graph-rules.mjs').PackageRule} rule
 * @returns {[name: string, kind: 'dependency' | 'peer' | 'optional peer'][]}
 */
function kinds({ patron, peers = [], optionalPeers = [], thirdParty }) {
  return [
    ...patron.map((name) => /** @type {[string, 'dependency']} */ ([`@patron/${name}`, 'dependency'])),
    ...peers.map((name) => /** @type {[string, 'peer']} */ ([`@patron/${name}`, 'peer'])),
    ...optionalPeers.map((name) => /** @type {[string, 'optional peer']} */ ([`@patron/${name}`, 'optional peer'])),
    ...Object.entries(thirdParty).map(
      ([name, { optionalPeer }]) =>
        /** @type {[string, 'dependency' | 'optional peer']} */ ([name, optionalPeer ? 'optional peer' : 'dependency']),
    ),
  ];
}
