import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A desk in a process of its own, which a test can kill or freeze. */
export type DeskProcess = {
  readonly url: string;
  kill(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  end(): Promise<void>;
};

export async function startDeskProcess(folder: string): Promise<DeskProcess> {
  const program = fileURLToPath(new URL('./desk-program.ts', import.meta.url));
  const child = fork(program, [folder], { stdio: 'inherit' });
  const exit = once(child, 'exit');
  const ended = exit.then((): never => {
    throw new Error('The desk ended before it served.');
  });
  ended.catch(() => undefined);
  const [url] = await Promise.race([once(child, 'message'), ended]);
  return {
    url: String(url),
    kill: (signal) => void child.kill(signal),
    async end() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}
