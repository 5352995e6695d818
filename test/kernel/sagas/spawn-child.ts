import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import type { Ending } from '#test/temp-folder';

import type { ChildTask } from './trip-child.ts';

export type Child = {
  readonly process: ChildProcess;
  /** All that it has logged. */
  said(): string;
  /** The signal that ended it, or its exit code. */
  readonly ended: Promise<string | number>;
};

/** A real process with an engine, armed to die at `killPoint`; ended with the test at the latest. */
export function spawnChild(ending: Ending, task: ChildTask, killPoint?: string): Child {
  const script = new URL('./trip-child.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, JSON.stringify(task)], {
    env: { ...process.env, ...(killPoint && { KILL_POINT: killPoint }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const ended = once(child, 'close').then(([code, signal]) => signal ?? code);
  ending.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { process: child, said: () => said, ended };
}
