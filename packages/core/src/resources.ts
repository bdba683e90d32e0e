import { log } from '@patron/log';
import type { Resource } from './component.ts';
import { GRACE_MS, settlesBefore, settlesWithin } from './deadline.ts';
import { describe, ResourceError } from './errors.ts';

/** Closes in reverse order, each after the one before: a producer may need its pool to flush. One that fails does not stop the rest. */
export async function closeResources(resources: readonly Resource[], deadline: AbortSignal): Promise<readonly ResourceError[]> {
  const failures: ResourceError[] = [];
  // After the deadline there is one moment for all of them together: a stop has an end.
  let graceMs = GRACE_MS;
  for (const resource of [...resources].reverse()) {
    const startedAt = performance.now();
    const closing = close(resource, deadline);
    if (!(await settlesBefore(closing, deadline))) {
      const toldAt = performance.now();
      await settlesWithin(closing, graceMs);
      graceMs = Math.max(0, graceMs - (performance.now() - toldAt));
    }
    const fields = { resource: resource.name, durationMs: Math.round(performance.now() - startedAt) };
    const problem = await Promise.race([closing, late(resource)]);
    if (problem === undefined) log.info('stop: resource closed', fields);
    else {
      failures.push(problem);
      log.error(problem.message, { ...fields, code: problem.code, ...('cause' in problem && { error: problem.cause }) });
    }
  }
  return failures;
}

async function close(resource: Resource, deadline: AbortSignal): Promise<ResourceError | undefined> {
  try {
    await resource.close(deadline);
    return undefined;
  } catch (error) {
    return new ResourceError(resource.name, `resource "${resource.name}" failed to close: ${describe(error)}`, { cause: error });
  }
}

/** Loses every race against what has settled. */
function late(resource: Resource): Promise<ResourceError> {
  return new Promise((resolve) => {
    setImmediate(() => resolve(new ResourceError(resource.name, `resource "${resource.name}" did not close before the deadline`)));
  });
}
