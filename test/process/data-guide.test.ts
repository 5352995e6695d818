import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

import { collect, startApp } from '#test/app-process';
import { adminEmail, adminPassword, ask, logInAdmin, stockProduct } from '#test/customer';
import { execute } from '#test/database';
import { fileEnd } from '#test/file-end';
import { freePort } from '#test/free-port';
import { postgresBinaries, startPostgres } from '#test/postgres';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

import { copyProject, pageAt, type } from '../guides/copied-project.ts';
import { blocksOf } from '../guides/guide.ts';

const blocks = blocksOf(pageAt('docs/guides/moving-data.md'));
const root = copyProject(fileEnd);
const home = temporaryFolder(fileEnd);
const shop = {
  ...{ ADMIN_EMAIL: adminEmail, ADMIN_PASSWORD: adminPassword, DEMO: '0', LOG_LEVEL: 'warn' },
  HOME: home,
};

function blockOf(language: string, name: string, at = 0): string {
  const found = blocks.filter((block) => block.language === language && block.name === name)[at];
  assert.ok(found, `The guide has a block ${language} ${name}.`);
  return found.text;
}

/** Types a block of the guide, as `edit` puts it where the test's server is not the reader's. */
async function follow(name: string, edit = (text: string) => text): Promise<string> {
  const { PATH = '' } = process.env;
  const path = `${PATH}:${postgresBinaries()}`;
  const { code, output } = await type(edit(blockOf('sh', name)), root, { ...shop, PATH: path });
  assert.equal(code, 0, `exit ${code}: ${output}`);
  return output;
}

/** Types a block that ends with a running shop, and looks into it. */
async function seeIn(lines: string, see: (url: string) => Promise<void>): Promise<void> {
  const port = await freePort();
  const env = { ...process.env, ...shop, PORT: `${port}`, INTERNAL_PORT: `${port + 1000}` };
  const shell = spawn('bash', ['-euo', 'pipefail', '-c', lines], {
    ...{ cwd: root, env, detached: true },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = collect(shell);
  const closed = once(shell, 'close');
  try {
    const url = `http://127.0.0.1:${port}`;
    const answers = () => fetch(`${url}/health`).then(({ ok }) => ok);
    await until(answers, { what: 'the shop to answer', timeoutMs: 90_000, everyMs: 50 });
    await see(url);
  } catch (error) {
    throw new Error(`${String(error)}\n${output()}`);
  } finally {
    process.kill(-(shell.pid as number), 'SIGTERM');
    await closed;
  }
}

test('what the guide tells is what happens: saved, put back, moved', async (t) => {
  const dataDir = join(root, 'data');
  const main = join(root, 'src/main.ts');
  const app = await startApp({ port: await freePort(), dataDir, env: shop, main });
  t.after(() => app.kill());
  const productId = await stockProduct(await logInAdmin(app.url), 7);
  const isThere = async (url: string) => {
    const { body } = await ask(url, `GET /api/inventory/${productId}`);
    assert.equal(body.onHand, 7);
  };

  assert.match(await follow('backup'), /Commits were held for [\d.]+ ms/);
  assert.match(await follow('restore'), /restored is as it was at .*Start the shop on it/);
  await seeIn(blockOf('sh', 'start'), isThere);
  assert.equal(await app.stop(), 0);
  if (!postgresBinaries()) return;

  const server = await startPostgres();
  t.after(() => server.stop());
  const { port } = new URL(server.url);
  const onServer = (text: string) => text.replaceAll(':5432/', `:${port}/`);
  for (const at of [0, 1]) {
    const text = blockOf('sql', '', at);
    // The roles of the whole shop are there before the module moves alone.
    for (const statement of text.split(';').map((one) => one.trim())) {
      const isMade = at === 1 && statement.startsWith('create role seamline_orders');
      if (statement !== '' && !isMade) await execute(server.url, statement);
    }
    if (at === 0) await seeIn(onServer(blockOf('sh', 'copy')), isThere);
    else assert.match(await follow('alone', onServer), /^orders: copied, \d+ rows/m);
  }
  const alone = new URL(server.url);
  alone.pathname = '/orders';
  assert.ok((await execute(alone.href, 'select 1 from orders.applied_migrations')).length > 5);
  await follow('dump', onServer);
  assert.ok(existsSync(join(home, 'backups/shop.dump')));
});
