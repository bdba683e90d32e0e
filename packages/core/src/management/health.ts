import type { ServerResponse } from 'node:http';
import { describe } from '../errors.ts';
import { answerJson } from './answer.ts';
import type { Readiness } from '../component.ts';

/** What a check of the user's may answer. */
export type Check = () => boolean | Promise<boolean>;

/** The reason why a check failed; undefined where it said yes. */
export type TimedCheck = () => Promise<string | undefined>;

/** How long a check may take before it counts as failed: a probe that hangs is worse than one that fails. */
const CHECK_MS = 5000;

/**
 * A check that answers in time. While one is going on, further probes share it: a check that hangs on a database must not be
 * begun once more every second.
 */
export function timed(name: string, check: Check): TimedCheck {
  let pending: Promise<string | undefined> | undefined;
  return () => (pending ??= failed(check, name).finally(() => (pending = undefined)));
}

/** GET /alive: 200, or 503 where the user's check says no, throws, or does not answer within 5 s. */
export async function alive(response: ServerResponse, check: TimedCheck | undefined): Promise<void> {
  const reason = await check?.();
  if (reason === undefined) answerJson(response, 200, { alive: true });
  else answerJson(response, 503, { alive: false, reason });
}

/** GET /ready: 503 says who is not ready and why. */
export async function ready(response: ServerResponse, readiness: () => ReadyReport, check: TimedCheck | undefined): Promise<void> {
  // No question to the application before it runs and once it is being taken down: its answer would change nothing.
  const reason = readiness().phase === 'running' ? await check?.() : undefined;
  const { phase, reasons } = readiness(); // after the check, which takes its time
  const all = reason === undefined ? reasons : { ...reasons, readyCheck: reason };
  if (phase === 'running' && Object.keys(all).length === 0) answerJson(response, 200, { ready: true });
  else answerJson(response, 503, { ready: false, phase, reasons: all });
}

/** What the service knows about its readiness. */
export interface ReadyReport {
  phase: 'starting' | 'running' | 'stopping';
  /** Why not, by component. */
  reasons: Readonly<Record<string, string>>;
}

/** The reason out of a component's answer, undefined where it is ready. A `ready()` that throws is not ready. */
export function unreadyReason(ask: () => Readiness): string | undefined {
  try {
    const answer = ask();
    if (typeof answer === 'boolean') return answer ? undefined : 'not ready';
    return answer.ready ? undefined : (answer.reason ?? 'not ready');
  } catch (error) {
    return `ready() failed: ${describe(error)}`;
  }
}

async function failed(check: Check, name: string): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, CHECK_MS, `${name} did not answer within ${CHECK_MS / 1000} s`);
  });
  try {
    return await Promise.race([timeout, (async () => ((await check()) === true ? undefined : `${name} said no`))()]);
  } catch (error) {
    return `${name} failed: ${describe(error)}`;
  } finally {
    clearTimeout(timer);
  }
}
