import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import {
  freshPlace,
  type Line,
  type Listener,
  openListener,
  openTeller,
  type Place,
} from '#test/event-parties';
import { fileEnd } from '#test/file-end';
import { storesUnderTest } from '#test/stores';
import { until } from '#test/until';

import { inProcessEvents } from '../../../src/transports/in-process/events.ts';
import type { Life } from './crash-child.ts';

const program = fileURLToPath(new URL('./crash-child.ts', import.meta.url));

for (const store of storesUnderTest()) {
  for (const dies of ['handled, not acknowledged', 'published, not marked'] as const) {
    test(`${store.name}: killed when events were ${dies}, each has its one effect in the end`, async () => {
      const place = await freshPlace(store, fileEnd);
      await tell(place, ['troy', 'ithaca']);
      for (let life = 0; life < 2; life += 1) {
        assert.equal(await live(place, dies, 6), 'SIGKILL');
        assert.equal((await unpublished(place)).length, 6, 'it was killed too late');
      }
      const { notes: half } = await look(place);
      if (dies === 'handled, not acknowledged') assert.equal(half.length, 6, 'killed too early');
      assert.equal(await live(place, 'never', 6), 0);
      const { notes } = await look(place);
      assert.equal(notes.length, 6);
      assertInOrder(notes);
    });
  }

  test(`${store.name}: an event that kills its process is parked after its attempts, and harms no other`, async () => {
    const place = await freshPlace(store, fileEnd);
    await tell(place, ['troy', 'poison', 'ithaca']);
    let deaths = 0;
    // All of the others, and the line before the poison. Each process starts while the one before it
    // still counts as alive, as a supervisor would have it.
    const next = () => live(place, 'while handling', 7, 3000);
    while ((await next()) === 'SIGKILL' && deaths < 10) deaths += 1;
    // Two tries on record, and two that none could be made for: on arrival, and when first stored.
    assert.ok(deaths >= 2 && deaths <= 4, `${deaths} deaths`);

    const listener = await open(place);
    const { operator } = listener.inbox;
    const [parked, ...others] = await operator.list({ state: 'parked', limit: 10 });
    assert.deepEqual(others, []);
    assert.equal(parked?.problem?.code, 'crashed');
    assert.deepEqual(parked?.event.data, { story: 'poison', line: 2 });
    await operator.redrive('all');
    const notes = await until(async () => {
      const all = await listener.notes();
      return all.length === 9 && all;
    });
    assertInOrder(notes);
    await listener.stop();
  });
}

/** Three lines of each story, in the outbox and not yet published. */
async function tell(place: Place, stories: readonly string[]): Promise<void> {
  const teller = await openTeller({ place, transport: inProcessEvents(), isQuiet: true });
  const lines: Line[] = [1, 2, 3].flatMap((line) => stories.map((story) => ({ story, line })));
  await teller.tell(...lines);
  await teller.stop();
}

/** Answers the exit code, or the signal that ended it. */
async function live(
  { folder, url }: Place,
  dies: Life['dies'],
  effects: number,
  aliveMs = 400,
): Promise<string | number> {
  const life = JSON.stringify({ folder, url: url?.href, dies, effects, aliveMs });
  const child = spawn(process.execPath, [program, life], { stdio: 'inherit' });
  const [code, signal] = await once(child, 'exit');
  return signal ?? code;
}

function open(place: Place): Promise<Listener> {
  return openListener({ place, transport: inProcessEvents(), policy: { aliveMs: 400 } });
}

async function unpublished(place: Place): Promise<readonly object[]> {
  const teller = await openTeller({ place, transport: inProcessEvents(), isQuiet: true });
  const rows = await teller.store.reader.sql`select number from outbox where published_at is null`;
  await teller.stop();
  return rows;
}

async function look(place: Place) {
  const listener = await open(place);
  const notes = await listener.notes();
  await listener.stop();
  return { notes };
}

function assertInOrder(notes: readonly { story: string; sequence: number }[]): void {
  const last = new Map<string, number>();
  for (const { story, sequence } of notes) {
    assert.equal(sequence, (last.get(story) ?? 0) + 1, `${story} was heard out of order`);
    last.set(story, sequence);
  }
}
