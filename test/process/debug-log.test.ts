import assert from 'node:assert/strict';
import test from 'node:test';

import { startApp } from '#test/app-process';
import { fileEnd } from '#test/file-end';
import { freePort } from '#test/free-port';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

type CallLine = { readonly call: string; readonly caller: string; readonly outcome: string };

test('at level debug, each call leaves a line: who asked for what, and how it ended', async (t) => {
  const lines = await callLines(t, 'debug', /"call":"catalog.getProduct"/);
  const [listed] = lines.filter(({ call }) => call === 'catalog.listProducts');
  assert.equal(listed?.caller, 'gateway');
  assert.equal(listed?.outcome, 'answered');
  const [missed] = lines.filter(({ call }) => call === 'catalog.getProduct');
  assert.equal(missed?.outcome, 'unknown_product');
});

async function callLines(
  t: test.TestContext,
  level: string,
  last: RegExp,
): Promise<readonly CallLine[]> {
  const dataDir = temporaryFolder(fileEnd);
  const env = { LOG_LEVEL: level, DEMO: '0' };
  const app = await startApp({ port: await freePort(), dataDir, env });
  t.after(() => app.kill());
  await fetch(`${app.url}/api/products`);
  await fetch(`${app.url}/api/products/01890000-0000-7000-8000-000000000000`);
  await until(() => last.test(app.output()), { what: 'the last call to be logged' });
  return app
    .output()
    .split('\n')
    .filter((line) => line.includes('"call":'))
    .map((line) => JSON.parse(line) as CallLine);
}
