import swc from '@swc/core';

/**
 * @typedef {object} Import
 * @property {string | undefined} specifier undefined: computed at run time
 * @property {number} line
 * @property {boolean} lazy import() and require(): loaded when the line runs, not when the module loads
 * @property {boolean} exportAll `export * from`
 */

/** @typedef {{ type: string, span?: { start: number }, [key: string]: any }} Node a node of swc's syntax tree */

/**
 * Every way in which a module names another one: import and export from (types too: they end up in the .d.ts files),
 * import(), require(), require.resolve(), a require made by createRequire, `import('x').Type`, `declare module 'x'`.
 * @param {string} source
 * @returns {Import[]}
 */
export function importsOf(source) {
  const bytes = Buffer.from(source);
  /** @type {Import[]} */
  const found = [];
  const requires = new Set(['require']);

  /** @param {Node} node @param {Node | undefined} literal @param {Partial<Import>} [more] */
  const add = (node, literal, more) =>
    found.push({ specifier: text(literal), line: lineAt(bytes, node.span), lazy: false, exportAll: false, ...more });

  visit(swc.parseSync(source, { syntax: 'typescript', target: 'es2022' }), (node) => {
    switch (node.type) {
      case 'ImportDeclaration':
        return add(node, node['source']);
      case 'ExportAllDeclaration':
        return add(node, node['source'], { exportAll: true });
      case 'ExportNamedDeclaration':
        return node['source'] && add(node, node['source']);
      case 'TsImportType':
        return add(node, node['argument']);
      case 'TsExternalModuleReference':
        return add(node, node['expression']);
      case 'TsModuleDeclaration':
        return node['id'].type === 'StringLiteral' && !node['id'].value.startsWith('*') && add(node, node['id']);
      case 'VariableDeclarator':
        return isCallOf(node['init'], 'createRequire') && node['id'].type === 'Identifier' && requires.add(node['id'].value);
      case 'CallExpression':
        return isLoad(node['callee'], requires) && add(node, node['arguments'][0]?.expression, { lazy: true });
    }
  });
  return found;
}

/**
 * import, require, require.resolve, import.meta.resolve, createRequire(…)
 * @param {Node} callee
 * @param {Set<string>} requires
 */
function isLoad(callee, requires) {
  if (callee.type === 'Import') return true;
  if (callee.type === 'Identifier') return requires.has(callee['value']);
  if (callee.type === 'MemberExpression' && callee['property'].value === 'resolve') {
    return callee['object'].type === 'MetaProperty' || requires.has(callee['object'].value);
  }
  return isCallOf(callee, 'createRequire');
}

/** @param {Node | null | undefined} node @param {string} name */
const isCallOf = (node, name) => node?.type === 'CallExpression' && node['callee'].value === name;

/** @param {Node | undefined} node */
function text(node) {
  if (node?.type === 'StringLiteral') return node['value'];
  if (node?.type === 'TemplateLiteral' && node['expressions'].length === 0) return node['quasis'][0].cooked;
  return undefined;
}

/**
 * swc counts bytes, from 1.
 * @param {Buffer} bytes
 * @param {{ start: number } | undefined} span
 */
function lineAt(bytes, span) {
  let line = 1;
  for (let index = 0; index < (span?.start ?? 1) - 1; index++) if (bytes[index] === 10) line++;
  return line;
}

/**
 * @param {unknown} value
 * @param {(node: Node) => unknown} look
 */
export function visit(value, look) {
  if (Array.isArray(value)) {
    for (const one of value) visit(one, look);
  } else if (value !== null && typeof value === 'object') {
    if ('type' in value && typeof value.type === 'string') look(/** @type {Node} */ (value));
    for (const child of Object.values(value)) visit(child, look);
  }
}

/**
 * '@patron/core/http' is of package '@patron/core', 'pg/lib/x.js' of 'pg'.
 * @param {string} specifier
 */
export function packageOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
