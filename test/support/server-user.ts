import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/**
 * The command line that runs a server for a test: not as root, which PostgreSQL refuses, and on
 * Linux tied to this process, so that a test run that is killed leaves no server behind.
 */
export function serverCommand(binary: string, args: readonly string[]): [string, string[]] {
  if (!existsSync(setpriv)) return [binary, [...args]];
  const user = serverUser();
  const asUser = user ? [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'] : [];
  return [setpriv, [...asUser, '--pdeathsig', 'INT', binary, ...args]];
}

/** Runs a server's own tool to its end, as the server's user. Throws with what the tool said. */
export function runAsServer(binary: string, args: readonly string[]): void {
  const [command, words] = serverCommand(binary, args);
  execFileSync(command, words, { stdio: 'pipe', cwd: '/' });
}

/** Makes a folder of ours the server's, where the server runs as somebody else. */
export function giveToServer(folder: string): void {
  const user = serverUser();
  if (user) execFileSync('chown', [`${user.uid}:${user.gid}`, folder]);
}

const setpriv = '/usr/bin/setpriv';

/** Root hands the server to `postgres`, or to `nobody` where there is no such user. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      return { uid: idOf('-u', name), gid: idOf('-g', name) };
    } catch {
      // No such user here: try the next one.
    }
  }
  return undefined;
}

function idOf(kind: '-u' | '-g', name: string): number {
  return Number(execFileSync('id', [kind, name], { encoding: 'utf8', stdio: 'pipe' }));
}
