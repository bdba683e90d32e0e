import { readdir, readFile, stat } from 'node:fs/promises';
import { memoryUsage, resourceUsage } from 'node:process';
import type { Registry } from '../metrics/registry.ts';

/** The process as the system sees it, under the names that Prometheus' own client libraries use. */
export function measureProcess(metrics: Registry): void {
  metrics
    .gauge({ name: 'process_start_time_seconds', help: 'Start of the process, in seconds since the epoch.' })
    .set(Math.round(performance.timeOrigin) / 1000);
  metrics.counter({ name: 'process_cpu_seconds_total', help: 'User and system CPU time of the process.' }, (counter) => {
    const { userCPUTime, systemCPUTime } = resourceUsage();
    counter.advance((userCPUTime + systemCPUTime) / 1e6);
  });
  metrics.counter({ name: 'process_cpu_user_seconds_total', help: 'CPU time that the process took for itself.' }, (counter) =>
    counter.advance(resourceUsage().userCPUTime / 1e6),
  );
  metrics.counter({ name: 'process_cpu_system_seconds_total', help: 'CPU time that the system took for the process.' }, (counter) =>
    counter.advance(resourceUsage().systemCPUTime / 1e6),
  );
  metrics.gauge({ name: 'process_resident_memory_bytes', help: 'Resident memory.' }, (gauge) => gauge.set(memoryUsage.rss()));
  if (process.platform !== 'linux') return; // where /proc says it
  // Asynchronously: with ten thousand connections the system takes a tenth of a second to list them.
  metrics.gauge({ name: 'process_virtual_memory_bytes', help: 'Virtual memory.' }, async (gauge) => gauge.set(await virtualMemory()));
  metrics.gauge({ name: 'process_open_fds', help: 'Open file descriptors.' }, async (gauge) => gauge.set(await openDescriptors()));
  metrics.gauge({ name: 'process_max_fds', help: 'File descriptors that the process may open.' }, async (gauge) =>
    gauge.set(await descriptorLimit()),
  );
}

async function virtualMemory(): Promise<number> {
  const [, kib] = /^VmSize:\s+(\d+) kB$/m.exec(await readFile('/proc/self/status', 'latin1')) ?? [];
  return Number(kib) * 1024;
}

async function openDescriptors(): Promise<number> {
  const { size } = await stat('/proc/self/fd');
  // Since Linux 6.2 that is their number; before, the folder has to be read, which takes a descriptor itself.
  return size > 0 ? size : (await readdir('/proc/self/fd')).length - 1;
}

async function descriptorLimit(): Promise<number> {
  const [, limit] = /^Max open files\s+(\d+)/m.exec(await readFile('/proc/self/limits', 'latin1')) ?? [];
  return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
}
