import assert from 'node:assert/strict';
import test from 'node:test';

import type { EventTransport } from '#kernel/ports/event-transport';
import type { Line, Listener, Teller } from '#test/event-parties';
import { openScene, type Scene } from '#test/event-scene';
import type { StoreUnderTest } from '#test/stores';
import { until } from '#test/until';

import type { Bus } from './event-transport.suite.ts';

/** How a transport is meant to be tested: as it is, or behaving badly within what it may do. */
export type Behave = (transport: EventTransport) => EventTransport;

type Effect = {
  readonly name: string;
  /** Two processes can't share a SQLite file. */
  readonly needs?: 'postgres';
  holds(scene: Scene): Promise<void>;
};

/** Runs every end-to-end fact: outbox, relay, this transport, inbox and a real store. */
export function checkEventEffects(
  name: string,
  store: StoreUnderTest,
  open: () => Promise<Bus>,
  behave: Behave = (transport) => transport,
): void {
  for (const effect of eventEffects) {
    if (effect.needs && effect.needs !== store.name) continue;
    test(`${name}, ${store.name}: ${effect.name}`, async (t) => {
      const bus = await open();
      t.after(() => bus.close());
      const connect = async (party: 'teller' | 'listener') =>
        party === 'teller' ? behave(await bus.connect()) : bus.connect();
      await effect.holds(await openScene(t, store, connect));
    });
  }
}

/** What must hold for every subscriber, whatever the transport does that it may do. */
const eventEffects: readonly Effect[] = [
  {
    name: 'each event takes effect once, in the order of its subject, though many are told at once',
    async holds(scene) {
      const [teller, listener] = [await scene.teller(), await scene.listener()];
      const told = await tellMuch(teller, 8, 25);
      await heardAll(listener, told);
    },
  },
  {
    name: 'an event that cannot take effect holds up its own subject, and no other',
    async holds(scene) {
      let isBroken = true;
      const refuse = ({ story, line }: Line) => {
        if (isBroken && story === 'story 1' && line === 3) throw new Error('cannot bear it');
      };
      const teller = await scene.teller();
      const listener = await scene.listener({ refuse, policy: { attempts: 3 } });
      const told = await tellMuch(teller, 3, 6);
      const isFree = ({ story, line }: Line) => story !== 'story 1' || line < 3;
      await heardAll(listener, told.filter(isFree));
      await until(async () => (await listener.inbox.operator.lag()).inbox.parked === 1);

      isBroken = false;
      await listener.inbox.operator.redrive('all');
      await heardAll(listener, told);
    },
  },
  {
    name: 'a subscriber that was away hears what it missed, in order and once',
    async holds(scene) {
      const teller = await scene.teller();
      const before = await scene.listener();
      const told = await tellMuch(teller, 3, 5);
      await heardAll(before, told);
      await before.stop();
      const missed = await tellMuch(teller, 4, 5, 5);
      await heardAll(await scene.listener(), [...told, ...missed]);
    },
  },
  {
    name: 'a new subscriber hears every story from its first line',
    async holds(scene) {
      const teller = await scene.teller();
      const told = await tellMuch(teller, 4, 10);
      await until(async () => (await teller.relay.lag()).rows === 0);
      await heardAll(await scene.listener({ name: 'newcomer' }), told);
    },
  },
  {
    name: 'subscribers neither wait for each other nor hear for each other',
    async holds(scene) {
      const teller = await scene.teller();
      const refuse = () => {
        throw new Error('deaf');
      };
      const deaf = await scene.listener({ name: 'deaf', refuse });
      const keen = await scene.listener({ name: 'keen' });
      await heardAll(keen, await tellMuch(teller, 3, 5));
      assert.deepEqual(await deaf.notes(), []);
    },
  },
  {
    name: 'two instances of a subscriber share its events: each takes effect in one of them',
    needs: 'postgres',
    async holds(scene) {
      const teller = await scene.teller();
      const one = await scene.listener({ instance: 'one' });
      await scene.listener({ instance: 'two' });
      await heardAll(one, await tellMuch(teller, 6, 20));
    },
  },
  {
    name: 'two instances of a publisher share its outbox: nothing is left and nothing doubled',
    needs: 'postgres',
    async holds(scene) {
      const [one, two] = [await scene.teller(), await scene.teller()];
      const listener = await scene.listener();
      const told = await Promise.all([tellMuch(one, 4, 15), tellMuch(two, 4, 15, 15)]);
      // Both tell the same stories at once, so only the set of lines is known beforehand.
      await until(async () => (await listener.notes()).length === 120);
      const notes = await listener.notes();
      assert.equal(new Set(notes.map(({ event }) => event)).size, told.flat().length);
      assertInOrder(notes);
    },
  },
];

/** Tells some stories at the same time, each line in a transaction of its own. */
export async function tellMuch(
  teller: Teller,
  stories: number,
  lines: number,
  firstLine = 0,
): Promise<readonly Line[]> {
  const names = Array.from({ length: stories }, (_, nth) => `story ${nth}`);
  const told = names.flatMap((story) =>
    Array.from({ length: lines }, (_, line) => ({ story, line: firstLine + line })),
  );
  const telling = names.map(async (name) => {
    for (const one of told) if (one.story === name) await teller.tell(one);
  });
  await Promise.all(telling);
  return told;
}

/** Waits for the effects of all that was told, and fails when there is one too many or out of order. */
export async function heardAll(listener: Listener, told: readonly Line[]): Promise<void> {
  await until(async () => (await listener.notes()).length >= told.length, {
    what: `${told.length} effects`,
    timeoutMs: 20_000,
  });
  const notes = await listener.notes();
  assertInOrder(notes);
  const lines = notes.map(({ story, line }) => ({ story, line }));
  assert.deepEqual(inOrder(lines), inOrder(told));
}

function inOrder(lines: readonly Line[]): readonly Line[] {
  return [...lines].sort((a, b) => a.story.localeCompare(b.story) || a.line - b.line);
}

function assertInOrder(notes: readonly { story: string; sequence: number }[]): void {
  const last = new Map<string, number>();
  for (const { story, sequence } of notes) {
    assert.equal(sequence, (last.get(story) ?? 0) + 1, `${story} was heard out of order`);
    last.set(story, sequence);
  }
}
