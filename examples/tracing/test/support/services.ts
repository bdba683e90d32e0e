import { fileURLToPath } from 'node:url';
import { type Program, startProgram } from '../../../http/src/demo/program.ts';

/** Frontend and backend as processes of their own, the one calling the other. */
export interface Services {
  readonly frontend: Program;
  readonly backend: Program;
  /** Resolves when both have ended in order. */
  stop(): Promise<void>;
}

/** Starts both, configured by nothing but their environment. */
export async function startServices(env: Record<string, string>): Promise<Services> {
  const start = (name: string, more: Record<string, string> = {}): Promise<Program> =>
    startProgram(fileURLToPath(new URL(`../../dist/${name}.js`, import.meta.url)), { ...env, ...more });
  const backend = await start('backend');
  const frontend = await start('frontend', { BACKEND_URL: backend.address });
  return {
    frontend,
    backend,
    async stop() {
      for (const program of [frontend, backend]) {
        program.stop();
        const { code } = await program.exited;
        if (code !== 0) throw new Error(`a service ended with code ${code}`);
      }
    },
  };
}
