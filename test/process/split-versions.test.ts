import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';

import { Customer, logInAdmin, stockProduct } from '#test/customer';
import { fileEnd } from '#test/file-end';
import type { HostProcess } from '#test/host-process';
import { someHosts } from '#test/some-hosts';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

import { copyProject } from '../guides/copied-project.ts';

const topology = 'deploy/topologies/payments-apart.json';
const given = '        method: PaymentMethod,\n';
/** A saga tries again within half a minute. */
const patience = { timeoutMs: 60_000, everyMs: 50 };

/** The program of another release: with one more field in what `processPayment` takes. */
function releaseWith(field: string): string {
  const root = copyProject(fileEnd);
  const file = join(root, 'src/modules/payments/contract.ts');
  const text = readFileSync(file, 'utf8');
  assert.ok(text.includes(given));
  writeFileSync(file, text.replace(given, `${given}        ${field},\n`));
  return join(root, 'src/main.ts');
}

const incompatible = releaseWith('statement: Type.String()');
const compatible = releaseWith('statement: Type.Optional(Type.String())');

test('a host with a contract that does not fit is not asked: its operator is told, and orders wait for the right one', async (t) => {
  const { hostOf, run } = await openStage(t);
  const [shop, payments] = [hostOf('shop'), hostOf('payments')];
  const [front, wrong] = [await run(shop.process), await run(payments.by(incompatible))];
  const { ann, order } = await openShopping(shop.url);

  const placed = await order();
  t.diagnostic(`POST /api/orders answered ${placed.status} ${JSON.stringify(placed.body)}`);
  assert.deepEqual([placed.status, placed.body.status], [202, 'pending']);
  const shown = await ann.ask(`GET /api/payments/${randomUUID()}`);
  t.diagnostic(`GET /api/payments/… answered ${shown.status} ${JSON.stringify(shown.body)}`);
  assert.equal(shown.status, 503);
  assert.match(String(shown.headers.get('content-type')), /problem\+json/);
  const told = linesOf(front).filter(({ msg }) => /do not go together/.test(String(msg)));
  t.diagnostic(JSON.stringify(told[0]));
  assert.equal(told.length, 1, 'once, however often it is tried');
  assert.deepEqual(
    [told[0]?.level, told[0]?.contract, told[0]?.here, told[0]?.there],
    ['error', 'payments', 'shop', 'payments'],
  );
  assert.match(String(told[0]?.difference), /^payments\.processPayment, input field statement: /);

  assert.equal(await wrong.stop(), 0);
  const right = await run(payments.process);
  const since = performance.now();
  await until(async () => (await ann.ask(orderPath(placed))).body.status === 'completed', {
    ...patience,
    what: 'the order to be completed by the right version',
  });
  const ms = Math.round(performance.now() - since);
  t.diagnostic(`the right version came back, and the order was completed ${ms} ms later`);
  assert.equal((await order(30)).body.status, 'completed');
  for (const one of [front, right]) assert.equal(await one.stop(), 0);
});

test('releases that fit work together, whichever of the two is the newer', async (t) => {
  const { hostOf, run } = await openStage(t);
  const [shop, payments] = [hostOf('shop'), hostOf('payments')];
  const old = await run(shop.process);
  const newer = await run(payments.by(compatible));
  const { order } = await openShopping(shop.url);
  const first = await order(30);
  assert.deepEqual([first.status, first.body.status], [201, 'completed']);
  t.diagnostic('an old shop and new payments: 201 completed');
  for (const one of [old, newer]) assert.equal(await one.stop(), 0);

  const [front, back] = [await run(shop.by(compatible)), await run(payments.process)];
  const second = await (await openShopping(shop.url)).order(30);
  assert.deepEqual([second.status, second.body.status], [201, 'completed']);
  t.diagnostic('a new shop and old payments: 201 completed');
  for (const one of [old, newer, front, back]) {
    assert.doesNotMatch(one.output(), /do not go together/);
  }
  for (const one of [front, back]) assert.equal(await one.stop(), 0);
});

async function openStage(t: TestContext) {
  const hostOf = await someHosts({ topology, dataDir: temporaryFolder(t) });
  const started: HostProcess[] = [];
  t.after(() => Promise.all(started.map((one) => one.kill())));
  const run = async (one: HostProcess) => {
    started.push(one);
    await one.start();
    return one;
  };
  return { hostOf, run };
}

async function openShopping(url: string) {
  const productId = await stockProduct(await logInAdmin(url), 5);
  const ann = await Customer.signUp(url);
  const order = (wait = 1) => ann.order([{ productId, quantity: 1 }], 'tok_ok', randomUUID(), wait);
  return { ann, order };
}

function orderPath({ body }: { readonly body: { readonly id: string } }): string {
  return `GET /api/orders/${body.id}`;
}

function linesOf(host: HostProcess): readonly Readonly<Record<string, unknown>>[] {
  const lines = host.output().split('\n');
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
}
