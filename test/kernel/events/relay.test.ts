import assert from 'node:assert/strict';
import test from 'node:test';

import { createOutboxHistory } from '#kernel/events/outbox';
import { takeUnpublished } from '#kernel/events/unpublished';
import type { CloudEvent } from '#kernel/ports/event-transport';
import type { Teller } from '#test/event-parties';
import { openScene } from '#test/event-scene';
import { loggedLines } from '#test/logged-lines';
import { storesUnderTest } from '#test/stores';
import { until } from '#test/until';

import { brokerThat, linesOf } from './stubborn-broker.ts';

for (const store of storesUnderTest()) {
  test(`${store.name}: a broker that is down delays events; it loses none and blocks no command`, async (t) => {
    const broker = brokerThat(() => broker.isDown);
    broker.isDown = true;
    const party = await (await openScene(t, store, () => broker.transport)).teller();
    for (let line = 1; line <= 30; line += 1) await party.tell({ story: 'troy', line });
    await until(() => broker.refused >= 3);
    assert.equal((await party.relay.lag()).rows, 30);
    const then = performance.now();
    await until(() => party.relay.sinceLookMs() < performance.now() - then);

    broker.isDown = false;
    await until(() => broker.ids().size === 30);
    await until(async () => (await party.relay.lag()).rows === 0);
  });

  test(`${store.name}: a poison event is tried again by itself, while all others go on`, async (t) => {
    let isPoison = ({ subject, sequence }: CloudEvent) => subject === 'troy' && sequence === 2;
    const broker = brokerThat((batch) => batch.some((event) => isPoison(event)));
    const party = await (await openScene(t, store, () => broker.transport)).teller();
    await party.tell(...['troy', 'ithaca'].flatMap((story) => linesOf(story, 10)));
    await until(() => broker.ids().size === 19);
    await until(async () => (await party.relay.lag()).rows === 1);
    const [poison] = await party.store.reader.sql<{ attempts: number }>`
      select attempts from outbox where published_at is null`;
    assert.ok((poison?.attempts ?? 0) > 1);

    const { events } = await createOutboxHistory(party.store).after(0, 100);
    const read = events.filter(({ subject }) => subject === 'troy').map(({ sequence }) => sequence);
    assert.deepEqual(read, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);

    isPoison = () => false;
    await until(() => broker.ids().size === 20);
  });

  test(`${store.name}: after an outage what failed meanwhile goes at once, and together`, async (t) => {
    const broker = brokerThat(() => broker.isDown);
    broker.isDown = true;
    const retry = { firstDelayMs: 60_000, maxDelayMs: 60_000 };
    const party = await (await openScene(t, store, () => broker.transport)).teller({
      relay: { pollMs: 20, retry, outage: { firstDelayMs: 5, maxDelayMs: 20 } },
    });
    for (let line = 1; line <= 30; line += 1) {
      await party.tell(...Array.from({ length: 10 }, () => ({ story: 'troy', line })));
    }
    await until(() => broker.refused >= 3);
    await until(async () => (await attemptsOf(party)).every((attempts) => attempts > 0));
    await party.store.write(({ sql }) => sql`update outbox set attempts = 9`);

    broker.isDown = false;
    await party.tell({ story: 'ithaca', line: 1 });
    await until(() => broker.ids().size === 301);
    assert.ok(broker.batches < 30, `${broker.batches} batches for 301 events`);
  });

  test(`${store.name}: what some subscribers can not store holds up nothing that comes later`, async (t) => {
    const never = { firstDelayMs: 2 ** 30, maxDelayMs: 2 ** 30 };
    const broker = brokerThat((batch) => {
      for (const event of batch) stored.add(event.id);
      return broker.isDown;
    });
    const stored = new Set<string>();
    broker.isDown = true;
    broker.error = Object.assign(new Error('somebody is away'), { isPartly: true });
    const party = await (await openScene(t, store, () => broker.transport)).teller({
      relay: { pollMs: 20, retry: never, outage: never },
    });
    for (let line = 1; line <= 30; line += 1) {
      await party.tell({ story: 'troy', line });
      await until(() => stored.size === line);
    }
    assert.equal((await party.relay.lag()).rows, 30);
    broker.isDown = false;
    await party.tell({ story: 'ithaca', line: 1 });
    await until(() => broker.ids().size === 31);
    await until(async () => (await party.relay.lag()).rows === 0);
  });

  test(`${store.name}: of an outage is told a few times, however long it lasts`, async (t) => {
    const { log, lines } = loggedLines();
    const broker = brokerThat(() => broker.isDown);
    broker.isDown = true;
    const quick = { firstDelayMs: 1, maxDelayMs: 5 };
    const relay = { pollMs: 5, retry: quick, outage: quick };
    const party = await (await openScene(t, store, () => broker.transport)).teller({ relay, log });
    await party.tell(...linesOf('troy', 10));
    await until(() => broker.refused >= 40);
    assert.ok(lines.length >= 1 && lines.length <= 5, `${lines.length} lines`);
    broker.isDown = false;
    await until(() => broker.ids().size === 10);
  });

  test(`${store.name}: an outbox that can not be read is one that nobody looks through`, async (t) => {
    const broker = brokerThat(() => false);
    const party = await (await openScene(t, store, () => broker.transport)).teller();
    await party.store.write(({ sql }) => sql`alter table outbox rename to elsewhere`);
    // As long as five looks take.
    await until(() => party.relay.sinceLookMs() > 1_000);
    await party.store.write(({ sql }) => sql`alter table elsewhere rename to outbox`);
    await until(() => party.relay.sinceLookMs() < 1_000);
  });

  test(`${store.name}: a publish that never ends counts as failed, and is tried again`, async (t) => {
    let hangs = 1;
    const broker = brokerThat(() => (hangs-- > 0 ? new Promise<never>(() => undefined) : false));
    const scene = await openScene(t, store, () => broker.transport);
    const party = await scene.teller({
      relay: { publishTimeoutMs: 20, retry: { firstDelayMs: 5, maxDelayMs: 5 } },
    });
    await party.tell({ story: 'troy', line: 1 });
    await until(() => broker.ids().size === 1);
  });
}

for (const store of storesUnderTest()) {
  if (store.name !== 'postgres') continue;

  test('postgres: instances that compete take different events, and those of a dead one come back', async (t) => {
    const silent = brokerThat(() => true);
    const party = await (await openScene(t, store, () => silent.transport)).teller({
      isQuiet: true,
    });
    await party.tell(...linesOf('troy', 10));
    const taking = { attempts: 0, limit: 5, held: new Set<number>(), leaseMs: 60_000 };
    const take = async () => numbersOf(await takeUnpublished(party.store, taking));
    const [one, two] = await Promise.all([take(), take()]);
    assert.equal(new Set([...one, ...two]).size, 10);
    assert.deepEqual(await take(), []);

    await endLeases(party);
    assert.deepEqual(await take(), [1, 2, 3, 4, 5]);
  });
}

/** The lease is longer than a test may take; the database's clock has passed it. */
async function endLeases({ store }: Teller): Promise<void> {
  await store.write(({ sql }) => sql`update outbox set due_at = 1`);
}

function numbersOf(events: readonly { number: number }[]): readonly number[] {
  return events.map(({ number }) => number);
}

async function attemptsOf({ store }: Teller): Promise<readonly number[]> {
  const rows = await store.reader.sql<{ attempts: number }>`
    select attempts from outbox where published_at is null`;
  return rows.map(({ attempts }) => attempts);
}
