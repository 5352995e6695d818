import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

import { startApp } from '#test/app-process';
import { adminEmail, adminPassword } from '#test/customer';
import { fileEnd } from '#test/file-end';
import { freePort } from '#test/free-port';
import { temporaryFolder } from '#test/temp-folder';

import { copyProject, pageAt, type } from './copied-project.ts';
import { blocksOf, follow } from './guide.ts';

const guide = blocksOf(pageAt('docs/guides/your-first-module.md'));
const readme = blocksOf(pageAt('README.md'));
const root = copyProject(fileEnd);
const appBefore = readFileSync(join(root, 'src/app.ts'), 'utf8');
const written = follow(guide, root);

test('the guide changes no file but src/app.ts, and that by two lines', () => {
  const inFolder = written.files.filter((file) => file.startsWith('src/modules/reviews/'));
  assert.deepEqual(inFolder, written.files);
  assert.deepEqual(
    guide.filter(({ language }) => language === 'diff').map(({ name }) => name),
    ['src/app.ts', 'src/app.ts'],
  );
  const before = new Set(appBefore.split('\n'));
  const after = readFileSync(join(root, 'src/app.ts'), 'utf8').split('\n');
  assert.equal(after.filter((line) => !before.has(line)).length, 2);
  console.log(`the guide's module: ${written.files.length} files, ${written.lines} lines`);
});

test('the guide’s module passes the linter and its own tests', async () => {
  const [prove] = guide.filter(({ language, name }) => language === 'sh' && name === '');
  const { code, output } = await type(prove?.text ?? 'exit 1', root);
  assert.equal(code, 0, output);
  assert.match(output, /no breach/);
  assert.match(output, /ℹ fail 0/);
});

test('the commands of the README and of the guide do what they say', async (t) => {
  const env = { ADMIN_EMAIL: adminEmail, ADMIN_PASSWORD: adminPassword, DEMO: '0' };
  const dataDir = temporaryFolder(fileEnd);
  const main = join(root, 'src/main.ts');
  const app = await startApp({ port: await freePort(), dataDir, env, main });
  t.after(() => app.kill());

  const [, first] = readme.filter(({ language, name }) => language === 'sh' && name === '');
  const [use] = guide.filter(({ name }) => name === 'shop');
  // Reviews hears of the order a moment after it is complete.
  const lines = `${first?.text}
use() {\n${use?.text}}
for try in {1..100}; do said=$(use); [[ "$said" == *not_bought* ]] || break; done
echo "$said"`;
  const here = lines.replace(/^api=.*$/m, `api=${app.url}/api`);
  const { code, output } = await type(here, root, { PASSWORD: adminPassword });
  assert.equal(code, 0, `exit ${code}: ${output}`);
  assert.match(output, /"status":"completed"/);
  assert.match(output, /Your order .* is complete|Welcome/);
  const [answer] = guide.filter(({ language }) => language === 'json');
  assert.ok(output.trimEnd().endsWith(answer?.text.trimEnd() ?? '-'), output);
});
