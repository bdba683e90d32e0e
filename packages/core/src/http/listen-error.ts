import { ListenError } from '../errors.ts';

/** Says why a listener could not be opened, and what to do about it. */
export function explain(error: NodeJS.ErrnoException, name: string, port: number, host: string | undefined): ListenError {
  const where = host === undefined ? `port ${port}` : `port ${port} of ${host}`;
  const another = name === 'http' ? 'PATRON_HTTP_DEFAULT_PORT or the option http.port' : `the option ${name}.port`;
  const hints: Record<string, string> = {
    EADDRINUSE: `${where} is in use by another process: stop that one, or choose another port with ${another} (0 takes a free one)`,
    EACCES: `${where} may not be taken by this user: ports below 1024 need a privilege; choose another port with ${another}`,
    EADDRNOTAVAIL: `${where} can't be taken: this machine has no address ${host}; see the option ${name}.host`,
    ENOTFOUND: `${where} can't be taken: there is no host ${host}; see the option ${name}.host`,
  };
  const hint = hints[error.code ?? ''];
  const message = `component "${name}" can't listen: ${hint ?? `${where}: ${error.message}`}`;
  return new ListenError(name, message, hint === undefined ? { cause: error } : undefined);
}
