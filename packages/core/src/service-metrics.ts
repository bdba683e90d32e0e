import { shared } from '@patron/log';
import { metrics } from '@patron/trace';
import type { ReadyReport } from './management/health.ts';
import { COMPONENT_STATES, type Supervisor } from './supervisor.ts';

type Phase = ReadyReport['phase'];

/** What is told of a service that runs. */
interface Told {
  name: string;
  version: string;
  supervisor: Supervisor;
  phase: () => Phase;
}

const PHASES = ['starting', 'running', 'stopping'] as const satisfies readonly Phase[];

/** The services that run in this process: one, but for tests. */
const running = shared<Set<Told>>('services', () => new Set());

/**
 * Tells in the metrics which service this is and how its components are. @returns what takes it out again
 */
export function tellService(service: Told): () => void {
  running.add(service);
  shared('serviceMetrics', () => {
    describeService();
    return true;
  });
  return () => running.delete(service);
}

function describeService(): void {
  const labels = ['service', 'version', 'node_version'] as const;
  metrics.gauge(
    { name: 'patron_build_info', help: 'Which service this is, of which version, on which Node; always 1.', labels },
    (gauge) => {
      gauge.clear();
      for (const { name, version } of running) gauge.labels({ service: name, version, node_version: process.versions.node }).set(1);
    },
  );
  const phases = {
    name: 'patron_service_phase',
    help: 'What the service is doing: 1 for the phase that it is in.',
    labels: ['phase'] as const,
  };
  metrics.gauge(phases, (gauge) => {
    gauge.clear();
    for (const { phase } of running) for (const one of PHASES) gauge.labels({ phase: one }).set(one === phase() ? 1 : 0);
  });
  const state = {
    name: 'patron_component_state',
    help: 'The state of each component: 1 for the one it is in.',
    labels: ['component', 'state'] as const,
  };
  metrics.gauge(state, (gauge) => {
    gauge.clear();
    for (const { supervisor } of running) {
      for (const [component, current] of supervisor.states())
        for (const one of COMPONENT_STATES) gauge.labels({ component, state: one }).set(one === current ? 1 : 0);
    }
  });
  const ready = {
    name: 'patron_component_ready',
    help: 'Whether each component is ready, as /ready sees it.',
    labels: ['component'] as const,
  };
  metrics.gauge(ready, (gauge) => {
    gauge.clear();
    for (const { supervisor } of running) {
      const reasons = supervisor.reasons();
      for (const [component] of supervisor.states()) gauge.labels({ component }).set(reasons[component] === undefined ? 1 : 0);
    }
  });
}
