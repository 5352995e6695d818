import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { until } from './until.ts';

const ownMain = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** A whole shop in a process of its own, as `npm start` runs it. */
export type AppProcess = {
  readonly url: string;
  readonly operatorUrl: string;
  readonly pid: number;
  /** What it has written so far, standard output and error together. */
  output(): string;
  /** Ends it as a crash does: SIGKILL, no goodbye. */
  kill(): Promise<void>;
  /** Ends it as an operator does. Answers the exit code. */
  stop(): Promise<number | null>;
};

type Launch = {
  readonly port: number;
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The program, where it is not this project's own. */
  readonly main?: string;
  /** An open file that its standard output goes to, instead of being kept. */
  readonly stdout?: number;
};

/** Starts the shop and waits until it answers. Throws with its output when it ends instead. */
export async function startApp(launch: Launch): Promise<AppProcess> {
  const { port } = launch;
  const child = launchApp(launch);
  const output = collect(child);
  const url = `http://127.0.0.1:${port}`;
  const answers = () => fetch(`${url}/health`).then((response) => response.ok);
  await until(() => ended(child) || answers(), {
    what: 'the shop to answer',
    timeoutMs: 60_000,
    everyMs: 20,
  });
  if (ended(child)) throw new Error(`The shop ended with ${child.exitCode}:\n${output()}`);
  return {
    url,
    operatorUrl: `http://127.0.0.1:${port + 1000}`,
    pid: child.pid as number,
    output,
    async kill() {
      await end(child, 'SIGKILL');
    },
    async stop() {
      await end(child, 'SIGTERM');
      return child.exitCode;
    },
  };
}

/** Starts the shop without waiting for anything. */
export function launchApp(launch: Launch): ChildProcess {
  const { port, dataDir, env = {}, main = ownMain, stdout = 'pipe' } = launch;
  const { PATH, HOME, TMPDIR } = process.env;
  const child = spawn(process.execPath, [main], {
    env: {
      ...{ PATH, HOME, TMPDIR },
      PORT: `${port}`,
      INTERNAL_PORT: `${port + 1000}`,
      DATA_DIR: dataDir,
      LOG_LEVEL: 'warn',
      RATE_LIMIT: 'off',
      ...env,
    },
    stdio: ['ignore', stdout, 'pipe'],
  });
  // Whatever becomes of the test, no shop is left behind.
  const reap = () => child.kill('SIGKILL');
  process.once('exit', reap);
  child.once('exit', () => process.off('exit', reap));
  return child;
}

export function collect(child: ChildProcess): () => string {
  let output = '';
  const add = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-100_000);
  };
  child.stdout?.on('data', add);
  child.stderr?.on('data', add);
  return () => output;
}

function ended(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (ended(child)) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}
