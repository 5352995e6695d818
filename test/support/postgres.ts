import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { execute } from './database.ts';
import { freePort } from './free-port.ts';
import { hasEnded, isExecutable } from './server-process.ts';
import { giveToServer, runAsServer, serverCommand } from './server-user.ts';
import { until } from './until.ts';

export type PrivatePostgres = {
  /** `postgres://postgres@127.0.0.1:PORT/postgres`: a superuser, trusted without a password. */
  readonly url: string;
  readonly pid: number;
  /** Breaks off all sessions, stops the server by its pid, and removes its files. */
  stop(): Promise<void>;
};

type PostgresOptions = {
  /** Off, a crash of the machine may lose data: right for every test but those of such a crash. */
  readonly fsync?: boolean;
};

/** The folder with `initdb` and `postgres`: from PATH, or the newest of Debian's or Homebrew's. */
export function postgresBinaries(): string | undefined {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const packaged = globSync([
    '/usr/lib/postgresql/*/bin',
    '/opt/homebrew/opt/postgresql@*/bin',
    '/usr/local/opt/postgresql@*/bin',
  ]).sort((a, b) => versionIn(b) - versionIn(a));
  return [...onPath, ...packaged].find(
    (folder) => isExecutable(join(folder, 'initdb')) && isExecutable(join(folder, 'postgres')),
  );
}

function versionIn(folder: string): number {
  return Number(/(\d+)[^\d]*$/.exec(folder)?.[1]);
}

/**
 * Starts a PostgreSQL of the caller's own on a free port of 127.0.0.1, in a temporary folder. On
 * Linux it dies with the process that started it, however that ends.
 * Throws when there are no binaries, or with the server's own words when it does not come up.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PrivatePostgres> {
  const binaries = postgresBinaries();
  if (!binaries) throw new Error('No PostgreSQL binaries: run `npm run servers:install`.');
  const folder = mkdtempSync(join(tmpdir(), 'seamline-pg-'));
  try {
    giveToServer(folder);
    runAsServer(join(binaries, 'initdb'), [
      ...['-D', join(folder, 'data'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8'],
      ...['--locale=C', '--no-sync'],
    ]);
    return await serveOnFreePort(join(binaries, 'postgres'), folder, options);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function serveOnFreePort(
  binary: string,
  folder: string,
  options: PostgresOptions,
): Promise<PrivatePostgres> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await serve(binary, folder, options);
    } catch (error) {
      // Another process may have taken the port in between; a third collision is no accident.
      if (attempt === 3) throw error;
    }
  }
}

async function serve(
  binary: string,
  folder: string,
  { fsync = false }: PostgresOptions,
): Promise<PrivatePostgres> {
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const [command, args] = serverCommand(binary, [
    ...['-D', join(folder, 'data'), '-p', `${port}`, '-c', 'listen_addresses=127.0.0.1'],
    ...['-c', 'unix_socket_directories=', '-c', `fsync=${fsync ? 'on' : 'off'}`],
    ...['-c', 'max_connections=300', '-c', 'shared_buffers=32MB'],
  ]);
  const server = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const said = lastWords(server);
  // A test may wait for the server, but the server must not keep a finished process alive.
  server.unref();
  await until(() => hasEnded(server) || execute(url, 'select 1').then(() => true), {
    what: 'PostgreSQL to answer',
    timeoutMs: 60_000,
    everyMs: 20,
  });
  if (hasEnded(server)) throw new Error(`PostgreSQL did not start:\n${said()}`);
  return { url, pid: server.pid as number, stop: () => stop(server, folder) };
}

async function stop(server: ChildProcess, folder: string): Promise<void> {
  if (!hasEnded(server)) {
    const end = once(server, 'exit');
    server.ref();
    server.kill('SIGINT');
    await end;
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

function lastWords(server: ChildProcess): () => string {
  let words = '';
  server.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    words = (words + chunk).slice(-4000);
  });
  (server.stderr as { unref?(): void } | null)?.unref?.();
  return () => words;
}
