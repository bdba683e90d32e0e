import { Advice } from '../lib/progress.mjs';
import { run } from '../lib/run.mjs';

// What node-gyp and make start: the variables that they heed come first.
/** @type {readonly { what: string, candidates: (env: NodeJS.ProcessEnv) => (string | undefined)[] }[]} */
const tools = [
  { what: 'a C++ compiler (g++)', candidates: ({ CXX }) => [CXX ?? (process.platform === 'darwin' ? 'c++' : 'g++')] },
  { what: 'make', candidates: ({ MAKE }) => [MAKE ?? 'make'] },
  { what: 'Python 3', candidates: (env) => [env['npm_config_python'], env['NODE_GYP_FORCE_PYTHON'], 'python3', 'python'] },
];

// Without these headers librdkafka compiles as well, but can do less. `names`: what it then lacks, in its own words.
const headers = [
  { header: 'openssl/ssl.h', feature: 'TLS and SASL SCRAM', names: ['ssl', 'sasl_scram'], debian: 'libssl-dev' },
  { header: 'zstd.h', feature: 'zstd compression', names: ['zstd'], debian: 'libzstd-dev' },
  { header: 'zlib.h', feature: 'gzip compression', names: ['gzip'], debian: 'zlib1g-dev' },
];

/**
 * Asks for what compiles a native package before anything is compiled, so that a stranger reads one sentence instead of
 * node-gyp's log, and now instead of in three minutes.
 * @param {string} name of the package
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string | undefined>} a note on what the build will lack
 */
export async function checkToolchain(name, env) {
  // There node-gyp looks for Visual Studio by itself, and says what it misses.
  if (process.platform === 'win32') return undefined;
  const missing = await missingTools(env);
  if (missing.length > 0) {
    throw new Advice(
      `${name} is compiled on this machine, and ${list(missing)} ${missing.length > 1 ? 'are' : 'is'} missing for that. ` +
        'On Debian or Ubuntu: apt-get install g++ make python3. On macOS: xcode-select --install. Then run the same command again.',
    );
  }
  const lacking = await missingHeaders(env);
  if (lacking.length === 0) return undefined;
  const features = lacking.map(({ feature, header }) => `${feature} (no ${header} here)`);
  const packages = lacking.map(({ debian }) => debian).join(' ');
  return (
    `${name} will lack ${list(features)}. Whoever needs that installs the headers ` +
    `(Debian, Ubuntu: apt-get install ${packages}) and runs \`npm run setup\`.`
  );
}

/**
 * What a build on this machine can do beyond what every build can, in librdkafka's words. Nothing where there is no compiler.
 * @param {NodeJS.ProcessEnv} env
 */
export async function possibleFeatures(env) {
  if (process.platform === 'win32' || (await missingTools(env)).length > 0) return [];
  const missing = await missingHeaders(env);
  return headers.filter((one) => !missing.includes(one)).flatMap(({ names }) => names);
}

/** @param {NodeJS.ProcessEnv} env */
async function missingTools(env) {
  /** @type {string[]} */
  const missing = [];
  for (const { what, candidates } of tools) {
    const commands = candidates(env).filter((command) => command !== undefined && command !== '');
    const answers = await Promise.all(commands.map((command) => start(String(command), ['--version'], env)));
    if (answers.every(({ code }) => code !== 0)) missing.push(what);
  }
  return missing;
}

/** @param {NodeJS.ProcessEnv} env */
async function missingHeaders(env) {
  const compiler = env['CXX'] ?? (process.platform === 'darwin' ? 'c++' : 'g++');
  const found = await Promise.all(headers.map(({ header }) => start(compiler, ['-E', '-include', header, '-x', 'c++', '/dev/null'], env)));
  return headers.filter((_, index) => found[index]?.code !== 0);
}

/**
 * `CXX="ccache g++"` is a command with an argument.
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
function start(command, args, env) {
  const [program = '', ...first] = command.trim().split(/\s+/);
  return run(program, [...first, ...args], { env });
}

/** @param {string[]} words */
const list = (words) => (words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${words.at(-1)}` : String(words[0]));
