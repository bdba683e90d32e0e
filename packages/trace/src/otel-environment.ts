import type { Attributes } from '@opentelemetry/api';

/**
 * Reads `OTEL_*` variables as the OpenTelemetry specification defines them ("Environment Variable Specification"). An empty
 * one counts as not set; a bad one adds a sentence to `problems`.
 */
export function otelReader(env: NodeJS.ProcessEnv, problems: string[]) {
  const text = (name: string): string | undefined => {
    const value = env[name]?.trim();
    return value === '' ? undefined : value;
  };
  const refuse = (name: string, value: string, accepts: string): undefined => {
    problems.push(`${name} is ${JSON.stringify(value.slice(0, 80))}: it takes ${accepts}`);
    return undefined;
  };
  return {
    text,

    /** A whole number. */
    count(name: string, least: number): number | undefined {
      const value = text(name);
      if (value === undefined) return undefined;
      return /^\d{1,9}$/.test(value) && Number(value) >= least ? Number(value) : refuse(name, value, `a whole number from ${least}`);
    },

    oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
      const value = text(name);
      if (value === undefined) return undefined;
      return values.find((one) => one === value.toLowerCase()) ?? refuse(name, value, `one of ${values.join(', ')}`);
    },

    /** An address, as it may be shown: without the user and password that may stand in it. */
    url(name: string): string | undefined {
      const value = text(name);
      if (value === undefined) return undefined;
      if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol)) return refuse(name, value, 'an http or https URL');
      const url = new URL(value);
      url.username = '';
      url.password = '';
      return url.href;
    },

    /** `key=value,key=value`, values percent-encoded (the form of W3C Baggage). */
    pairs(name: string): Attributes {
      const value = text(name);
      if (value === undefined) return {};
      const attributes: Attributes = {};
      for (const pair of value.split(',')) {
        if (pair.trim() === '') continue;
        const at = pair.indexOf('=');
        const key = pair.slice(0, at).trim();
        const decoded = decode(pair.slice(at + 1).trim());
        if (at < 1 || key === '' || decoded === undefined) {
          refuse(name, value, 'pairs such as team=checkout,deployment.environment.name=prod');
          return {};
        }
        attributes[key] = decoded;
      }
      return attributes;
    },
  };
}

/** The reader of one environment. */
export type OtelReader = ReturnType<typeof otelReader>;

function decode(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
