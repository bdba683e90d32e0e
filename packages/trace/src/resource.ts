import { hostname } from 'node:os';
import type { Attributes } from '@opentelemetry/api';
import type { Resource } from './spans/finished-span.ts';

/** What all spans of a process tell of it (semantic conventions, "Resource"). What `attributes` say wins. */
export function createResource(service: { name: string; version: string }, attributes: Attributes): Resource {
  return new ServiceResource({
    'service.name': service.name,
    'service.version': service.version,
    'host.name': hostname(),
    'process.pid': process.pid,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
    'telemetry.sdk.name': 'patron',
    'telemetry.sdk.language': 'nodejs',
    ...attributes,
  });
}

class ServiceResource implements Resource {
  readonly attributes: Attributes;
  readonly asyncAttributesPending = false;

  constructor(attributes: Attributes) {
    this.attributes = attributes;
  }

  merge(other: Resource | null): Resource {
    return other === null ? this : new ServiceResource({ ...this.attributes, ...other.attributes });
  }

  getRawAttributes(): [string, Attributes[string]][] {
    return Object.entries(this.attributes);
  }
}
