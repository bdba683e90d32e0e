import type { OtelReader } from './otel-environment.ts';
import { RemoteSampler } from './sampling/remote.ts';
import { constant, ignoringParents, probabilistic, rateLimiting, type Sampler } from './sampling/sampler.ts';
import type { JaegerVariables, SamplerOptions } from './tracing-options.ts';

/** Which sampler, and who chose it. */
export interface SamplerConfig {
  readonly type: SamplerOptions['type'];
  readonly param: number;
  readonly endpoint: string;
  readonly pollMs: number;
  readonly followsParent: boolean;
  /** The option or variable that decided; undefined for the default. */
  readonly from: string | undefined;
}

const TYPES = ['const', 'probabilistic', 'ratelimiting', 'remote'] as const;
const OTEL_SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
  'jaeger_remote',
  'parentbased_jaeger_remote',
] as const;
const LONGEST_MS = 2 ** 31 - 1;
const POLL_MS = 60_000;
/** Where Jaeger answers with sampling strategies. */
const SAMPLING_PORT = 5778;

/** Options in code over OTEL_TRACES_SAMPLER over PATRON_JAEGER_SAMPLER_*; the default begins no trace. */
export function resolveSampler(
  options: SamplerOptions | undefined,
  jaeger: JaegerVariables,
  otel: OtelReader,
  problems: string[],
): SamplerConfig {
  const standard: SamplerConfig = {
    type: 'probabilistic',
    param: 0,
    endpoint: `http://${jaeger.host ?? 'localhost'}:${SAMPLING_PORT}/sampling`,
    pollMs: POLL_MS,
    followsParent: true,
    from: undefined,
  };
  if (options !== undefined) return fromOptions(options, standard, problems);
  const named = otel.oneOf('OTEL_TRACES_SAMPLER', OTEL_SAMPLERS);
  if (named !== undefined) return fromOtel(named, otel.text('OTEL_TRACES_SAMPLER_ARG'), standard, problems);
  const { samplerType: type, samplerParam: param } = jaeger;
  if (type === undefined && param === undefined) return standard;
  const config = { ...standard, type: type ?? standard.type, param: param ?? standard.param };
  const problem = paramProblem(config.type, config.param);
  if (problem !== undefined) problems.push(`PATRON_JAEGER_SAMPLER_PARAM is "${config.param}": ${problem}`);
  return { ...config, from: type === undefined ? 'PATRON_JAEGER_SAMPLER_PARAM' : 'PATRON_JAEGER_SAMPLER_TYPE' };
}

/** The sampler that a configuration asks for; `remote` begins to ask its endpoint. */
export function createSampler(config: SamplerConfig, service: string): Sampler {
  const sampler = ofType(config, service);
  return config.followsParent ? sampler : ignoringParents(sampler);
}

function ofType({ type, param, endpoint, pollMs }: SamplerConfig, service: string): Sampler {
  switch (type) {
    case 'const':
      return constant(param === 1);
    case 'probabilistic':
      return probabilistic(param);
    case 'ratelimiting':
      return rateLimiting(param);
    case 'remote':
      return new RemoteSampler({ endpoint, service, initial: param, pollMs });
  }
}

function fromOptions(options: SamplerOptions, standard: SamplerConfig, problems: string[]): SamplerConfig {
  const { type, param = 0, endpoint = standard.endpoint, pollMs = standard.pollMs } = options;
  if (!TYPES.includes(type)) problems.push(`tracing.sampler.type is ${JSON.stringify(type)}: it takes one of ${TYPES.join(', ')}`);
  const problem = paramProblem(type, param);
  if (problem !== undefined) problems.push(`tracing.sampler.param is ${JSON.stringify(param)}: ${problem}`);
  if (!isHttpUrl(endpoint)) problems.push(`tracing.sampler.endpoint is ${JSON.stringify(endpoint)}: it takes an http URL`);
  if (!(Number.isInteger(pollMs) && pollMs >= 1 && pollMs <= LONGEST_MS))
    problems.push(`tracing.sampler.pollMs is ${JSON.stringify(pollMs)}: it takes whole milliseconds, 1 to ${LONGEST_MS}`);
  return { ...standard, type, param, endpoint, pollMs, from: 'option tracing.sampler' };
}

function fromOtel(
  name: (typeof OTEL_SAMPLERS)[number],
  argument: string | undefined,
  standard: SamplerConfig,
  problems: string[],
): SamplerConfig {
  const followsParent = name.startsWith('parentbased_');
  const config = { ...standard, followsParent, from: 'OTEL_TRACES_SAMPLER' };
  const kind = name.replace('parentbased_', '');
  if (kind === 'always_on' || kind === 'always_off') return { ...config, type: 'const', param: kind === 'always_on' ? 1 : 0 };
  if (kind === 'jaeger_remote') return fromRemoteArgument(argument ?? '', config, problems);
  // Without an argument the specification's share is 1.
  const param = argument === undefined ? 1 : Number(argument);
  const problem = paramProblem('probabilistic', param);
  if (problem !== undefined) problems.push(`OTEL_TRACES_SAMPLER_ARG is ${JSON.stringify(argument)}: ${problem}`);
  return { ...config, type: 'probabilistic', param };
}

/** `endpoint=http://jaeger:5778/sampling,pollingIntervalMs=5000,initialSamplingRate=0.25` */
function fromRemoteArgument(argument: string, config: SamplerConfig, problems: string[]): SamplerConfig {
  const values = new Map(
    argument.split(',').map((pair) => [pair.split('=', 1)[0]?.trim() ?? '', pair.slice(pair.indexOf('=') + 1).trim()]),
  );
  const endpoint = values.get('endpoint') ?? config.endpoint;
  const pollMs = Number(values.get('pollingIntervalMs') ?? config.pollMs);
  const param = Number(values.get('initialSamplingRate') ?? 0.001);
  if (
    !isHttpUrl(endpoint) ||
    !(Number.isInteger(pollMs) && pollMs >= 1 && pollMs <= LONGEST_MS) ||
    paramProblem('remote', param) !== undefined
  ) {
    problems.push(
      `OTEL_TRACES_SAMPLER_ARG is ${JSON.stringify(argument.slice(0, 200))}: it takes endpoint=http://jaeger:5778/sampling,pollingIntervalMs=60000,initialSamplingRate=0.1`,
    );
  }
  return { ...config, type: 'remote', param, endpoint, pollMs };
}

function paramProblem(type: SamplerOptions['type'], param: number): string | undefined {
  if (type === 'const') return param === 0 || param === 1 ? undefined : 'a const sampler takes 0 or 1';
  if (type === 'ratelimiting')
    return param >= 0 && Number.isFinite(param) ? undefined : 'a ratelimiting sampler takes traces per second, from 0';
  return param >= 0 && param <= 1 ? undefined : `a ${type} sampler takes a share from 0 to 1`;
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && new URL(text).protocol === 'http:';
}
