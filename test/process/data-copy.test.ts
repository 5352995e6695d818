import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { startApp } from '#test/app-process';
import { adminEmail, adminPassword, Customer, logInAdmin, stockProduct } from '#test/customer';
import { execute, freshDatabase } from '#test/database';
import { freePort } from '#test/free-port';
import { seededRandom } from '#test/random';
import { seamline } from '#test/seamline';
import { storesUnderTest } from '#test/stores';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

import { audit, initialUnits } from '../faults/audit.ts';
import { placeOrders } from '../faults/order-load.ts';
import { sandboxOutside } from '../faults/outside-provider.ts';
import {
  dueTimes,
  mostConnections,
  neighboursAreClosed,
  nothingIsLeft,
  timersRing,
} from './postgres-witness.ts';
import { type Unfinished, unfinishedIn } from './shop-files.ts';

const shop = { ADMIN_EMAIL: adminEmail, ADMIN_PASSWORD: adminPassword, DEMO: '0' };
/** Kills until one has hit everything that may be under way; each is a chance of about one half. */
const mostKills = 12;

for (const on of storesUnderTest()) {
  if (on.name !== 'postgres') continue;

  test('a shop killed under orders goes on where it was, on PostgreSQL', async (t) => {
    const [port, dataDir] = [await freePort(), temporaryFolder(t)];
    const env = { ...shop, POOL_SIZE: '3' };
    let app = await startApp({ port, dataDir, env });
    t.after(() => app.kill());
    const productId = await stockProduct(await logInAdmin(app.url), initialUnits);
    const customers = await Customer.signUpMany(app.url, 6);
    const known = await Customer.signUp(app.url);
    const keys = Array.from({ length: 5 }, () => randomUUID());
    const orderAgain = () => idsByKey(known, productId, keys);
    const before = await orderAgain();
    const load = placeOrders({
      ...sandboxOutside(dataDir),
      customers,
      productId,
      random: seededRandom(4),
    });
    const left = await killUntilUnfinished(async () => {
      await app.kill();
      const unfinished = unfinishedIn(dataDir);
      if (!isRich(unfinished)) app = await startApp({ port, dataDir, env });
      return unfinished;
    });
    t.diagnostic(JSON.stringify(left));

    const DATABASE_URL = await freshDatabase(on.url, t);
    const copied = await seamline(['data', 'copy', '--all'], { DATA_DIR: dataDir, DATABASE_URL });
    assert.equal(copied.code, 0, copied.output);
    assert.match(copied.output, /^MODULE +TABLE +ROWS +CHECKSUM +SAME/m);
    assert.match(copied.output, /^orders +sagas +[1-9]\d* +[0-9a-f]{16} +yes$/m);
    assert.doesNotMatch(copied.output, / NO$/m);
    assert.match(copied.output, /^payments: copied, \d+ rows in \d+ tables\.$/m);
    const dueBefore = await dueTimes(DATABASE_URL);

    app = await startApp({ port, dataDir, env: { ...env, DATABASE_URL } });
    assert.deepEqual(await orderAgain(), before, 'a key that was used has its order still');
    const most = await mostConnections(DATABASE_URL, 2000);
    const placed = await load.finish();
    const told = [...placed, ...before.map((orderId) => ({ orderId, isCancelled: false }))];
    const everybody = [...customers, known];
    const report = await audit(app.url, sandboxOutside(dataDir), {
      productId,
      customers: everybody,
      placed: told,
    });
    t.diagnostic(JSON.stringify(report));
    assert.ok(report.completed > 0 && report.rejected > 0);
    await nothingIsLeft(DATABASE_URL);
    await timersRing(DATABASE_URL, dueBefore);
    assert.deepEqual(
      Object.entries(most).filter(([, connections]) => connections > 3),
      [],
      'no module has more connections than its pool is sized for',
    );
    assert.equal(Object.keys(most).length, 9);
    await neighboursAreClosed(DATABASE_URL);

    const again = await seamline(['data', 'copy', '--module', 'orders'], {
      DATA_DIR: dataDir,
      ORDERS_DATABASE_URL: DATABASE_URL,
    });
    assert.equal(again.code, 1);
    assert.match(again.output, /The schema orders at .* holds other rows already/);
  });

  test('what was asked for wrongly, and what can not be, is told in words', async (t) => {
    const dataDir = temporaryFolder(t);
    const DATABASE_URL = await freshDatabase(on.url, t);
    const app = await startApp({ port: await freePort(), dataDir, env: shop });
    t.after(() => app.kill());
    const inUse = await told(['--all'], { DATA_DIR: dataDir, DATABASE_URL });
    assert.match(inUse, /\.sqlite is in use: a process runs \w+ on it\. Stop that first/);
    assert.equal((await fetch(`${app.url}/api/products`)).status, 200);
    assert.equal(await app.stop(), 0);
    assert.deepEqual(await execute(DATABASE_URL, schemas), [], 'nothing was made in the target');

    const nowhere = `postgres://me:secret@127.0.0.1:${await freePort()}/shop`;
    for (const [args, env, words] of [
      [['--module', 'weather'], {}, /There is no module "weather"\. There are users, media/],
      [['--module', 'orders', '--all'], {}, /Name the module with --module, or .* --all/],
      [
        ['--module', 'orders'],
        {},
        /Where should orders go\? Set ORDERS_DATABASE_URL or DATABASE_URL/,
      ],
      [['--all', '--to', 'mysql://db'], {}, /--to must be a URL that starts with postgres:/],
      [
        ['--all', '--to', nowhere],
        {},
        /at 127\.0\.0\.1:\d+\/shop cannot be opened: connect ECONNREFUSED/,
      ],
      [['--all'], { DATABASE_URL: 'sqlite://here' }, /DATABASE_URL=\(hidden\) must be a URL/],
      [
        ['--all'],
        { DATA_DIR: temporaryFolder(t), DATABASE_URL },
        /holds no SQLite file of a module/,
      ],
    ] as const) {
      const output = await told([...args], { DATA_DIR: dataDir, ...env });
      assert.match(output, words);
      assert.doesNotMatch(output, /secret|^\s+at /m);
    }
  });
}

async function told(args: readonly string[], env: Record<string, string>): Promise<string> {
  const { code, output } = await seamline(['data', 'copy', ...args], env);
  assert.ok(code === 1 || code === 2, `exit ${code}: ${output}`);
  return output;
}

const schemas = `select nspname from pg_namespace where nspname !~ '^pg_|^information_schema$|^public$'`;

function isRich({ sagas, events, orders }: Unfinished): boolean {
  return sagas > 0 && events > 0 && orders > 0;
}

async function killUntilUnfinished(kill: () => Promise<Unfinished>): Promise<Unfinished> {
  for (let kills = 0; kills < mostKills; kills += 1) {
    await pause(600 + 100 * kills);
    const unfinished = await kill();
    if (isRich(unfinished)) return unfinished;
  }
  throw new Error(`No kill of ${mostKills} hit sagas, events and orders under way.`);
}

/** Places an order under each key, again and again until there is one. Answers their ids. */
async function idsByKey(customer: Customer, productId: string, keys: readonly string[]) {
  const ids: string[] = [];
  for (const key of keys) {
    const items = [{ productId, quantity: 1 }];
    const answer = await until(async () => {
      const { status, body } = await customer.order(items, 'tok_ok', key);
      return (status === 201 || status === 202) && body;
    });
    ids.push(answer.id);
  }
  return ids;
}
