import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../src/cli/seamline.js', import.meta.url));

/** How a command ended: its exit code, what it printed, what it complained of, and both together. */
export type Outcome = {
  readonly code: number | null;
  readonly out: string;
  readonly complaint: string;
  readonly output: string;
};

type Environment = Readonly<Record<string, string>>;

/** Runs `seamline` as a person would, in a process of its own, with nothing set but `env`. */
export async function seamline(args: readonly string[], env: Environment = {}): Promise<Outcome> {
  const command = startSeamline(args, env);
  const [out, complaint] = [textOf(command.stdout), textOf(command.stderr)];
  await once(command, 'close');
  const said = { out: out(), complaint: complaint() };
  return { code: command.exitCode, ...said, output: said.out + said.complaint };
}

/** The same, without waiting for its end. */
export function startSeamline(args: readonly string[], env: Environment): ChildProcess {
  const { PATH, HOME, TMPDIR } = process.env;
  const command = spawn(process.execPath, [program, ...args], {
    env: { ...{ PATH, HOME, TMPDIR }, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const reap = () => command.kill('SIGKILL');
  process.once('exit', reap);
  command.once('exit', () => process.off('exit', reap));
  return command;
}

function textOf(stream: Readable | null): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}
