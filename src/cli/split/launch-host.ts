import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

import type { Print } from './prefixes.ts';

export type HostLaunch = {
  readonly name: string;
  readonly host: string;
  readonly instance: number;
  /** The topology. */
  readonly file: string;
};

export type RunningHost = {
  readonly name: string;
  /** Whether it has the public door; known when it is ready. */
  readonly isDoor: boolean;
  /** Its address when it is ready first, or undefined when it ended instead. */
  readonly ready: Promise<string | undefined>;
  stop(): Promise<void>;
  kill(): Promise<void>;
};

const launcher = fileURLToPath(new URL('../../launcher.js', import.meta.url));

/** A host that ends again and again is not started faster than this. */
const restartAfterMs = 1_000;

/** Starts a host, prints what it says, and starts it again whenever it ends by itself once it was ready. */
export function launchHost(launch: HostLaunch, print: Print): RunningHost {
  const { promise: ready, resolve } = Promise.withResolvers<string | undefined>();
  let child = spawnHost(launch, print);
  let isDoor = false;
  let isReady = false;
  let leaving = false;
  let restart: NodeJS.Timeout | undefined;

  function watch(): void {
    child.on('message', (told: { ready?: string; isDoor?: boolean }) => {
      if (isReady) print('ready again');
      isReady = true;
      isDoor = told.isDoor === true;
      resolve(told.ready);
    });
    child.once('exit', (code, signal) => {
      if (!isReady) return resolve(undefined);
      if (leaving) return;
      print(`ended by ${signal ?? `exit code ${code}`}: it is started again`);
      restart = setTimeout(() => {
        child = spawnHost(launch, print);
        watch();
      }, restartAfterMs);
    });
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    leaving = true;
    clearTimeout(restart);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }

  watch();
  return {
    name: launch.name,
    get isDoor() {
      return isDoor;
    },
    ready,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

/** In a process group of its own, so that one Ctrl-C reaches this process alone, which then stops all. */
function spawnHost({ host, instance, file }: HostLaunch, print: Print): ChildProcess {
  const flags = ['--topology', file, '--host', host, '--instance', `${instance}`];
  const child = spawn(process.execPath, [launcher, ...flags], {
    // Ports are the topology's; what the others are asked for is the environment's.
    env: { ...process.env, INTERNAL_PORT: '', MODULES: '' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: process.platform !== 'win32',
  });
  for (const stream of [child.stdout, child.stderr]) eachLine(stream as Readable, print);
  return child;
}

function eachLine(stream: Readable, print: Print): void {
  createInterface({ input: stream }).on('line', (line) => {
    if (line.trim() !== '') print(line);
  });
}
