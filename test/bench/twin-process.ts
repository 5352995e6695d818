import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Starts a twin in a process of its own, and waits until it serves. It ends with this process. */
export async function startTwin(name: string, port: number, folder: string): Promise<ChildProcess> {
  const program = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const twin = fork(program, [`${port}`, folder], { stdio: 'inherit' });
  await Promise.race([
    once(twin, 'message'),
    once(twin, 'exit').then(() => {
      throw new Error(`${name} ended before it served.`);
    }),
  ]);
  return twin;
}

export async function stopTwin(twin: ChildProcess): Promise<void> {
  const exit = once(twin, 'exit');
  twin.disconnect();
  await exit;
}
