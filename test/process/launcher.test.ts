import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

import { type Ending, temporaryFolder } from '#test/temp-folder';

/** A project with nothing but the launcher, and programs that tell how they were started. */
function launcherIn(ending: Ending, files: Readonly<Record<string, string>> = {}): string {
  const folder = temporaryFolder(ending);
  mkdirSync(join(folder, 'src/cli'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  for (const file of ['src/launcher.js', 'src/quick-resolve.ts', 'src/cli/seamline.js']) {
    cpSync(file, join(folder, file));
  }
  const program = 'const said: string[] = process.argv.slice(2);\n';
  const programs = {
    'src/main.ts': `${program}console.log('main', said, process.env.FROM_FILE, process.env.SET);\n`,
    'src/cli/main.ts': `${program}console.log('cli', said);\n`,
  };
  for (const [file, text] of Object.entries({ ...programs, ...files })) {
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

function start(folder: string, ...args: readonly string[]) {
  const env = { PATH: process.env.PATH, SET: 'already' };
  return spawnSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' });
}

test('the launcher starts the shop with its flags, and the command with its words', (t) => {
  const folder = launcherIn(t);
  assert.match(
    start(folder, 'src/launcher.js', '--modules', 'a').stdout,
    /main \[ '--modules', 'a' \]/,
  );
  assert.match(
    start(folder, 'src/cli/seamline.js', 'events', 'list').stdout,
    /cli \[ 'events', 'list' \]/,
  );
});

test('settings in .env reach the shop, after those of the environment', (t) => {
  const folder = launcherIn(t, { '.env': 'FROM_FILE=yes\nSET=again\n' });
  assert.match(start(folder, 'src/launcher.js').stdout, /yes already/);
});

test('a program that fails ends with its error and a failing exit code', (t) => {
  const folder = launcherIn(t, { 'src/main.ts': "throw new Error('no luck');\n" });
  const { status, stderr } = start(folder, 'src/launcher.js');
  assert.equal(status, 1);
  assert.match(stderr, /Error: no luck/);
});

test('a Node that is too old is told which one is needed, before any TypeScript is loaded', (t) => {
  const folder = launcherIn(t, { 'src/main.ts': 'not even TypeScript' });
  const older = "Object.defineProperty(process, 'versions', { value: { node: '20.20.2' } })";
  writeFileSync(join(folder, 'older.js'), older);
  const { status, stdout, stderr } = start(folder, '--import', './older.js', 'src/launcher.js');
  assert.deepEqual([status, stdout], [1, '']);
  assert.match(stderr, /^Seamline needs Node 24 or newer\.\nFound: Node 20\.20\.2 \(.+\)\./);
  assert.match(stderr, /`npm ci` once, then\n`npm start`/);
});
