import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Customer, logInAdmin, stockProduct } from '#test/customer';
import { followEvents } from '#test/event-source';
import { doorAndTwoMore, startSplit } from '#test/split-shop';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

/** What a browser waits before it comes back, a host takes to start, and a silent one to be found out. */
const outage = { timeoutMs: 45_000 };

test('a browser follows its order through the end of every host, and misses and repeats nothing', async (t) => {
  const shop = await startSplit({ hosts: doorAndTwoMore, dataDir: temporaryFolder(t) });
  t.after(() => shop.stop());
  const url = shop.urls[0] ?? '';
  const host = (name: string) => {
    const found = shop.hosts.find((one) => one.name === name);
    assert.ok(found, name);
    return found;
  };
  const admin = await logInAdmin(url);
  const productId = await stockProduct(admin, 10);
  const ann = await Customer.signUp(url, 'ann');
  const order = await ann.order([{ productId, quantity: 1 }]);
  assert.equal(order.status, 201, JSON.stringify(order.body));
  const path = `/api/orders/${order.body.id}/events`;
  const browser = followEvents(`${url}${path}`, ann.token);
  t.after(() => browser.close());
  await until(() => browser.ids.length === 2, { what: 'what has happened so far' });

  const isFollowing = async () => {
    if (!browser.isOpen()) return false;
    const metrics = await (await fetch(`${shop.internal.orders}/metrics`)).text();
    return /^served_streams_open 1$/m.test(metrics);
  };
  const outages: Record<string, () => Promise<void>> = {
    async 'the orders host is killed'() {
      await host('orders').kill();
      await host('orders').start();
    },
    async 'the orders host is killed, and is away while the browser comes back'() {
      await host('orders').kill();
      const opened = browser.opened();
      await until(() => browser.opened() > opened, {
        what: 'the browser to have asked',
        ...outage,
      });
      await host('orders').start();
    },
    async 'the orders host drains'() {
      const startedAt = performance.now();
      assert.equal(await host('orders').stop(), 0);
      // The streams are cut after a second; without, they would hold the drain up for its ten.
      assert.ok(performance.now() - startedAt < 8_000, 'a stream holds up nobody who leaves');
      await host('orders').start();
    },
    async 'the orders host stands still'() {
      const pid = host('orders').pid ?? 0;
      const opened = browser.opened();
      process.kill(pid, 'SIGSTOP');
      await until(() => browser.opened() > opened, {
        what: 'the silence to be noticed',
        ...outage,
      });
      process.kill(pid, 'SIGCONT');
    },
    async 'the gateway drains'() {
      assert.equal(await host('front').stop(), 0);
      await host('front').start();
    },
    async 'the gateway is killed'() {
      await host('front').kill();
      await host('front').start();
    },
  };
  for (const [what, happens] of Object.entries(outages)) {
    const opened = browser.opened();
    const startedAt = performance.now();
    await happens();
    await until(async () => browser.opened() > opened && (await isFollowing()), {
      what: `the stream to go on after ${what}`,
      ...outage,
    });
    t.diagnostic(`${what}: followed again after ${Math.round(performance.now() - startedAt)} ms`);
    assert.equal(browser.hasGivenUp(), false, what);
    assert.deepEqual(browser.ids, ['1', '2'], what);
  }
  const cancelled = await ann.ask(`POST /api/orders/${order.body.id}/cancel`, { body: {} });
  assert.ok([200, 202].includes(cancelled.status), JSON.stringify(cancelled.body));
  await until(() => browser.hasEnded(), { what: 'the last event', ...outage });
  assert.deepEqual(browser.ids, ['1', '2', '3']);
});
