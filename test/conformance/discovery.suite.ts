import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Discovery } from '#kernel/ports/discovery';
import { until } from '#test/until';

/** A discovery of `orders` and `payments`, and whoever tells it where they are. */
export type Source = {
  /** Makes these the addresses where `orders` runs. A source that can't change has them from the start. */
  place(urls: readonly string[]): Promise<void>;
  /** Another host's discovery. Not started. */
  open(): Discovery;
  /** The source answers nobody, until `heal`. Undefined for one that can't fail. */
  readonly outage?: { begin(): Promise<void>; heal(): Promise<void> };
  close(): Promise<void>;
};

export type SourceKind = {
  readonly name: string;
  /** Free addresses where a host could listen. */
  urls(count: number): Promise<readonly string[]>;
  open(urls: readonly string[]): Promise<Source>;
  readonly canChange: boolean;
};

const asked = ['orders', 'payments'];
const patience = { timeoutMs: 20_000, what: 'the instances to be known' };

export function checkDiscovery({ name, urls, open, canChange }: SourceKind): void {
  const fact = (
    title: string,
    holds: (source: Source, placed: readonly string[]) => Promise<void>,
  ) =>
    test(`${name}: ${title}`, async () => {
      const placed = (await urls(3)).toSorted();
      const source = await open(placed);
      try {
        await holds(source, placed);
      } finally {
        await source.close();
      }
    });

  fact(
    'every instance of a module is found once, at its address, by an id of its own',
    async (source, placed) => {
      const discovery = source.open();
      await discovery.start(asked);
      await source.place(placed);
      const found = await until(() => sameUrls(discovery, placed), patience);
      assert.equal(new Set(found.map(({ id }) => id)).size, placed.length);
      assert.deepEqual(discovery.instancesOf('payments'), []);
      assert.deepEqual(discovery.instancesOf('nobody'), []);
      assert.equal(discovery.instancesOf('orders'), discovery.instancesOf('orders'));
      await discovery.close();
    },
  );

  fact('two hosts know the same instances by the same ids', async (source, placed) => {
    const hosts = [source.open(), source.open()];
    for (const host of hosts) await host.start(asked);
    await source.place(placed);
    const [one, other] = await Promise.all(
      hosts.map((host) => until(() => sameUrls(host, placed), patience)),
    );
    assert.deepEqual(one, other);
    for (const host of hosts) await host.close();
  });

  fact(
    'leaving and closing may be done twice, and what was known stays known',
    async (source, placed) => {
      const discovery = source.open();
      await discovery.start(asked);
      await source.place(placed);
      await until(() => sameUrls(discovery, placed), patience);
      for (let time = 0; time < 2; time += 1) await discovery.leave();
      for (let time = 0; time < 2; time += 1) await discovery.close();
      assert.ok(sameUrls(discovery, placed));
    },
  );

  if (!canChange) return;

  fact('whoever watches hears of each change, until they stop', async (source, placed) => {
    const discovery = source.open();
    let heard = 0;
    let others = 0;
    const stop = discovery.watch('orders', () => (heard += 1));
    discovery.watch('payments', () => (others += 1));
    await discovery.start(asked);
    await source.place(placed.slice(0, 1));
    await until(() => sameUrls(discovery, placed.slice(0, 1)), patience);
    assert.equal(heard, 1);
    await source.place(placed.slice(0, 2));
    await until(() => sameUrls(discovery, placed.slice(0, 2)), patience);
    assert.ok(heard >= 2);

    const before = heard;
    stop();
    await source.place(placed.slice(1));
    await until(() => sameUrls(discovery, placed.slice(1)), patience);
    assert.equal(heard, before);
    assert.equal(others, 0);
    await discovery.close();
  });

  fact('an instance that moves is found where it is now', async (source, placed) => {
    const [first, second, third] = placed as [string, string, string];
    const discovery = source.open();
    await discovery.start(asked);
    await source.place([first, second]);
    await until(() => sameUrls(discovery, [first, second]), patience);
    await source.place([first, third]);
    await until(() => sameUrls(discovery, [first, third]), patience);
    await discovery.close();
  });

  fact(
    'while the source is away its last good answer counts, and it is asked again after',
    async (source, placed) => {
      const { outage } = source;
      assert.ok(outage);
      const discovery = source.open();
      await discovery.start(asked);
      await source.place(placed.slice(0, 2));
      await until(() => sameUrls(discovery, placed.slice(0, 2)), patience);
      let changes = 0;
      discovery.watch('orders', () => (changes += 1));
      await outage.begin();
      assert.equal(changes, 0);
      assert.ok(sameUrls(discovery, placed.slice(0, 2)));
      await outage.heal();
      await source.place(placed);
      await until(() => sameUrls(discovery, placed), patience);
      await discovery.close();
    },
  );

  fact('starting, leaving and closing wait for no source that is away', async (source) => {
    await source.outage?.begin();
    const discovery = source.open();
    await discovery.start(asked);
    assert.deepEqual(discovery.instancesOf('orders'), []);
    await discovery.leave();
    await discovery.close();
  });
}

/** The instances of `orders`, when they are those at these addresses. */
function sameUrls(discovery: Discovery, urls: readonly string[]) {
  const found = discovery.instancesOf('orders');
  const known = found.map(({ url }) => url).toSorted();
  return JSON.stringify(known) === JSON.stringify(urls.toSorted()) && found;
}
