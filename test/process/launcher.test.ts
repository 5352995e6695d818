import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';

import { type Ending, temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

/** A project with this one's manifest and launcher, and programs that tell how they were started. */
function launcherIn(ending: Ending, files: Readonly<Record<string, string>> = {}): string {
  const folder = temporaryFolder(ending);
  for (const file of [...launching, 'package.json']) cpSync(file, join(folder, file));
  const program = 'const said: string[] = process.argv.slice(2);\n';
  const programs = {
    'src/main.ts': `${program}console.log('main', said, process.env.FROM_FILE, process.env.SET);\n`,
    'src/cli/main.ts': `${program}console.log('cli', said);\n`,
  };
  for (const [file, text] of Object.entries({ ...programs, ...files })) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

const launching = ['src/launcher.js', 'src/quick-resolve.ts', 'src/cli/seamline.js'];

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

test('a program reaches what it imports: beside it, by the names of package.json, and packages', (t) => {
  const folder = launcherIn(t, {
    'src/main.ts': `import { near } from './near.ts';
import { far } from '#kernel/http/far';
import { shop } from '#client';
import packed from 'packed';
console.log(near, far, shop, packed);\n`,
    'src/near.ts': "export const near: string = 'beside';\n",
    'src/kernel/http/far.ts': "export const far: string = 'by pattern';\n",
    'client/src/shop.ts': "export const shop: string = 'by name';\n",
    'node_modules/packed/index.mjs': "export { default } from './inner.mjs';\n",
    'node_modules/packed/inner.mjs': "export default 'from a package';\n",
    'node_modules/packed/package.json': '{"exports":"./index.mjs"}',
  });
  const { stdout, stderr } = start(folder, 'src/launcher.js');
  assert.equal(stdout, 'beside by pattern by name from a package\n', stderr);
});

const warmUp = {
  'src/warm-up.js': readFileSync('src/warm-up.js', 'utf8'),
  'src/app.ts': 'export const app: string = process.version;\n',
  'src/kernel/stores/run-migrations.ts': 'export const none: readonly string[] = [];\n',
  'src/transports/http/transport.ts': 'export const none: readonly string[] = [];\n',
};

test('the first start has compiled code kept for the next, which adds what has changed', async (t) => {
  const folder = launcherIn(t, { ...warmUp, 'node_modules/packed/index.mjs': '' });
  const all = join(folder, 'node_modules/.cache/seamline');
  const kept = join(all, process.version);
  assert.match(start(folder, 'src/launcher.js').stdout, /^main/);
  await until(() => existsSync(kept), { what: 'compiled code', timeoutMs: 120_000 });
  assert.deepEqual(readdirSync(all), [process.version]);
  const count = () => readdirSync(kept, { recursive: true }).length;
  const before = count();
  assert.match(start(folder, 'src/launcher.js').stdout, /^main/);
  assert.ok(count() > before, 'main.ts is kept, too');
});

test('where nothing can be kept the shop starts all the same', (t) => {
  const folder = launcherIn(t, { ...warmUp, 'node_modules/.cache': 'no folder' });
  for (const _ of ['first', 'again']) {
    const { status, stdout, stderr } = start(folder, 'src/launcher.js');
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /^main/);
  }
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
