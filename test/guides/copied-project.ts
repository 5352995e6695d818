import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { collect } from '#test/app-process';
import { type Ending, temporaryFolder } from '#test/temp-folder';

const project = process.cwd();

/** What git does not know of is no part of the project. */
const leftOut = new Set(['node_modules', 'data', '.git', '.env']);

/** Copies the project into a folder of the test's own; its packages stay where they are. */
export function copyProject(ending: Ending): string {
  const root = realpathSync(temporaryFolder(ending));
  const filter = (source: string) => !leftOut.has(source.slice(project.length + 1));
  cpSync(project, root, { recursive: true, filter });
  symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'));
  return root;
}

export type Typed = { readonly code: number | null; readonly output: string };

/** Runs lines as typed into a shell at `root`, at most `timeoutMs`; stops at the first that fails. */
export async function type(
  lines: string,
  root: string,
  env: Readonly<Record<string, string>> = {},
  timeoutMs = 180_000,
): Promise<Typed> {
  // What the test runner tells its own files would make a runner below report to it.
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
  const shell = spawn('bash', ['-euo', 'pipefail', '-c', lines], {
    cwd: root,
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
  });
  const output = collect(shell);
  await once(shell, 'close');
  return { code: shell.exitCode, output: output() };
}

export function pageAt(path: string): string {
  return readFileSync(join(project, path), 'utf8');
}
