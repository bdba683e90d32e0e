import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { ListenError } from '../errors.ts';

/** Where a listener is to be opened. */
export interface ListenTarget {
  name: string;
  port: number;
  host?: string | undefined;
  socketPath?: string | undefined;
}

/** Says why a listener could not be opened, and what to do about it. */
export function explain(error: NodeJS.ErrnoException, target: ListenTarget): ListenError {
  const { name } = target;
  const hint = target.socketPath === undefined ? ofPort(target)[error.code ?? ''] : ofSocket(name, target.socketPath, error.code);
  const message = `component "${name}" can't listen: ${hint ?? `${whereOf(target)}: ${error.message}`}`;
  return new ListenError(name, message, hint === undefined ? { cause: error } : undefined);
}

function whereOf({ port, host, socketPath }: ListenTarget): string {
  if (socketPath !== undefined) return socketPath;
  return host === undefined ? `port ${port}` : `port ${port} of ${host}`;
}

function ofPort(target: ListenTarget): Record<string, string> {
  const { name, host } = target;
  const where = whereOf(target);
  const another = name === 'http' ? 'PATRON_HTTP_DEFAULT_PORT or the option http.port' : `the option ${name}.port`;
  return {
    EADDRINUSE: `${where} is in use by another process: stop that one, or choose another port with ${another} (0 takes a free one)`,
    EACCES: `${where} may not be taken by this user: ports below 1024 need a privilege; choose another port with ${another}`,
    EADDRNOTAVAIL: `${where} can't be taken: this machine has no address ${host}; see the option ${name}.host`,
    ENOTFOUND: `${where} can't be taken: there is no host ${host}; see the option ${name}.host`,
  };
}

function ofSocket(name: string, path: string, code: string | undefined): string | undefined {
  const another = `the option ${name}.socketPath`;
  // libuv says EACCES of a folder that is not there, for the sake of a system that we do not run on.
  const noFolder = (code === 'EACCES' || code === 'ENOENT') && !existsSync(dirname(path));
  const hints: Record<string, string> = {
    EADDRINUSE: `${path} is in use by another process: stop that one, or choose another path with ${another}`,
    EACCES: `${path} may not be made by this user: look at the permissions of its folder, or choose another path with ${another}`,
    ENOENT: `${path} can't be made: there is no such folder; make it, or choose another path with ${another}`,
    ENOTSOCK: `${path} is there and is no socket: it is left alone; remove it, or choose another path with ${another}`,
  };
  return hints[noFolder ? 'ENOENT' : (code ?? '')];
}
