import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import type { Ending } from '#test/temp-folder';

export type StoresProcess = {
  /** How far it has come: a number that all of its modules have. */
  reached(): number;
  said(): string;
  isOver(): boolean;
  kill(): Promise<void>;
};

/** Starts a process that runs `modules` on SQLite files in `dataDir`, and writes to them all the time. */
export function startStores(
  ending: Ending,
  dataDir: string,
  modules: readonly string[],
): StoresProcess {
  const file = join(import.meta.dirname, 'stores-child.ts');
  const child = spawn(process.execPath, [file, dataDir, ...modules], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, said] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out = (out + text).slice(-1000);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const kill = async () => {
    if (isOver()) return;
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    await closed;
  };
  ending.after(kill);
  return { reached: () => Number(out.split('\n').at(-2)) || 0, said: () => said, isOver, kill };
}
