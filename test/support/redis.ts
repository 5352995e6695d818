import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Redis } from 'ioredis';

import { freePort } from './free-port.ts';
import { endServer, hasEnded, isExecutable } from './server-process.ts';
import { giveToServer, serverCommand } from './server-user.ts';
import { until } from './until.ts';

export type PrivateRedis = {
  /** `redis://127.0.0.1:PORT` */
  readonly url: string;
  /** SIGKILL: what it had confirmed is in its append-only file. */
  kill(): Promise<void>;
  /** After `kill`: the same server again, at the same address. */
  start(): Promise<void>;
  /** SIGSTOP: connections stay open, and nothing answers. */
  pause(): void;
  resume(): void;
  /** Loses all that it holds. */
  forget(): Promise<void>;
  /** Ends the server and removes its files. */
  stop(): Promise<void>;
};

/** The server's program: from PATH, or where Debian or Homebrew puts it. */
export function redisBinary(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...folders, '/usr/bin', '/opt/homebrew/bin', '/usr/local/bin']
    .map((folder) => join(folder, 'redis-server'))
    .find(isExecutable);
}

/**
 * Starts a Redis of the caller's own on a free port of 127.0.0.1, in a temporary folder. On Linux it
 * dies with the process that started it, however that ends. `settings` are those of its command line.
 * Throws when there is no program, or with the server's own words when it does not come up.
 */
export async function startRedis(settings: readonly string[] = []): Promise<PrivateRedis> {
  const binary = redisBinary();
  if (!binary) throw new Error('No redis-server: run `npm run servers:install`.');
  const folder = mkdtempSync(join(tmpdir(), 'seamline-redis-'));
  giveToServer(folder);
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const args = [
    ...['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
    ...['--appendonly', 'yes', '--maxmemory-policy', 'noeviction', ...settings],
  ];
  let server = await serve(binary, args, url);
  return {
    url,
    kill: () => endServer(server, 'SIGKILL'),
    async start() {
      server = await serve(binary, args, url);
    },
    pause: () => void server.kill('SIGSTOP'),
    resume: () => void server.kill('SIGCONT'),
    forget: () => ask(url, async (redis) => void (await redis.flushall())),
    async stop() {
      server.kill('SIGCONT');
      await endServer(server, 'SIGTERM');
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Opens a connection for one piece of work. */
export async function ask<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

async function serve(binary: string, words: readonly string[], url: string): Promise<ChildProcess> {
  const [command, args] = serverCommand(binary, words);
  const server = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  server.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said = (said + chunk).slice(-4000);
  });
  // A test may wait for the server, but the server must not keep a finished process alive.
  server.unref();
  (server.stdout as { unref?(): void }).unref?.();
  await until(() => hasEnded(server) || ask(url, (redis) => redis.ping()).then(() => true), {
    what: 'Redis to answer',
    timeoutMs: 20_000,
  });
  if (hasEnded(server)) throw new Error(`Redis did not start:\n${said}`);
  return server;
}
