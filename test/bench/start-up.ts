import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { freePort } from '#test/free-port';
import { until } from '#test/until';

const launcher = fileURLToPath(new URL('../../src/launcher.js', import.meta.url));
const compiled = fileURLToPath(
  new URL(`../../node_modules/.cache/seamline/${process.version}`, import.meta.url),
);

/** Long enough for what starting left behind to be collected. */
const restMs = 5000;

export type StartUp = {
  /** Milliseconds from the start of the process to its first answered request. */
  readonly firstMs: number;
  readonly againMs: readonly number[];
  /** Resident megabytes at rest, on a migrated folder. Undefined where there is no /proc. */
  readonly restingMb: number | undefined;
};

/** Starts the shop as `npm start` does: once just after `npm ci`, then on what the first left. */
export async function measureStartUp(folder: string): Promise<StartUp> {
  rmSync(compiled, { recursive: true, force: true });
  const dataDir = join(folder, 'start-up');
  const first = await startOnce(dataDir, 0);
  await until(() => existsSync(compiled), { what: 'compiled code to be kept', timeoutMs: 120_000 });
  const again: number[] = [];
  for (let time = 0; time < 5; time += 1) again.push((await startOnce(dataDir, 0)).ms);
  const { restingMb } = await startOnce(dataDir, restMs);
  return { firstMs: first.ms, againMs: again, restingMb };
}

async function startOnce(dataDir: string, thenRestMs: number) {
  const port = await freePort();
  const began = performance.now();
  const shop = spawn(process.execPath, [launcher], {
    env: {
      PATH: process.env.PATH,
      DATA_DIR: dataDir,
      PORT: `${port}`,
      INTERNAL_PORT: `${await freePort()}`,
      LOG_LEVEL: 'warn',
    },
    stdio: 'ignore',
  });
  const exit = once(shop, 'exit');
  while (!(await answers(port))) {
    if (shop.exitCode !== null) throw new Error(`The shop ended with ${shop.exitCode}.`);
    await pause(5);
  }
  const ms = performance.now() - began;
  await pause(thenRestMs);
  const restingMb = residentMb(shop.pid as number);
  shop.kill('SIGTERM');
  await exit;
  return { ms, restingMb };
}

async function answers(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/api/products`);
    await response.text();
    return response.ok;
  } catch {
    return false;
  }
}

function residentMb(pid: number): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  } catch {
    return undefined;
  }
}
