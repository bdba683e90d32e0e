import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Advice, step } from '../lib/progress.mjs';
import { repository } from '../lib/repository.mjs';
import { lastLines, run } from '../lib/run.mjs';

const pom = join(repository, 'tools', 'services', 'pom.xml');
const folder = join(repository, '.cache', 'kafka');

/** @typedef {{ java: string, classPath: string }} Kafka */

/**
 * Why Kafka can't be started here, for tests that are left out then; undefined where it can.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string | undefined}
 */
export function kafkaProblem(env = process.env) {
  const found = spawnSync(javaOf(env), ['-version'], { encoding: 'utf8', env });
  const version = /version "(\d+)/.exec(`${found.stderr}`)?.[1];
  const debian = 'Debian, Ubuntu: apt-get install openjdk-17-jre-headless maven';
  if (version === undefined) return `Kafka needs Java 17 or later, and \`${javaOf(env)}\` does not start. ${debian}`;
  if (Number(version) < 17) return `Kafka needs Java 17 or later; \`${javaOf(env)}\` is ${version}. ${debian}`;
  if (existsSync(librariesFolder())) return undefined;
  if (spawnSync('mvn', ['--version'], { env }).status === 0) return undefined;
  return `Kafka comes from Maven Central, and \`mvn\` does not start. ${debian}`;
}

/**
 * Apache Kafka, fetched by Maven the first time.
 * @returns {Promise<Kafka>}
 */
export async function findKafka() {
  const problem = kafkaProblem();
  if (problem !== undefined) throw new Advice(problem);
  const libraries = librariesFolder();
  if (!existsSync(libraries)) await step('Kafka: fetching it from Maven Central', () => fetchLibraries(libraries));
  return { java: javaOf(process.env), classPath: join(libraries, '*') };
}

/** @param {NodeJS.ProcessEnv} env */
const javaOf = ({ JAVA_HOME }) => (JAVA_HOME ? join(JAVA_HOME, 'bin', 'java') : 'java');

/** Named after what pom.xml says, so that another version is another folder. */
function librariesFolder() {
  const text = readFileSync(pom, 'utf8');
  const version = /<artifactId>kafka_[\d.]+<\/artifactId>\s*<version>(.+?)</.exec(text)?.[1];
  return join(folder, `libs-${version}-${createHash('sha256').update(text).digest('hex').slice(0, 8)}`);
}

/** @param {string} libraries */
async function fetchLibraries(libraries) {
  mkdirSync(folder, { recursive: true });
  // Under its name only when it's complete; two test files may do this at the same time.
  const draft = `${libraries}.${process.pid}`;
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
  const args = ['--batch-mode', '--quiet', '--file', pom, goal, `-DoutputDirectory=${draft}`, '-DincludeScope=runtime'];
  const { code, output } = await run('mvn', args);
  if (code !== 0) {
    rmSync(draft, { recursive: true, force: true });
    throw new Advice('Maven could not fetch Kafka. Its last lines:', lastLines(output));
  }
  try {
    renameSync(draft, libraries);
  } catch (error) {
    if (!existsSync(libraries)) throw error;
    rmSync(draft, { recursive: true, force: true });
  }
}
