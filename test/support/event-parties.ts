import { randomUUID } from 'node:crypto';

import { newTrace } from '#kernel/calls/context';
import { workContexts } from '#kernel/calls/work-context';
import { type AnyContract, defineContract, event } from '#kernel/contract';
import { createInbox, type Inbox, type InboxPolicy } from '#kernel/events/inbox';
import { appendEvents, createOutboxHistory } from '#kernel/events/outbox';
import { createRelay, type Relay } from '#kernel/events/relay';
import type { RelayPolicy } from '#kernel/events/relay-policy';
import { on, type Subscription } from '#kernel/handlers';
import { kernelMigrations } from '#kernel/host/kernel-migrations';
import { createLogger, type LogLevel } from '#kernel/log';
import type { EventTransport } from '#kernel/ports/event-transport';
import type { Logger } from '#kernel/ports/logger';
import type { Store } from '#kernel/ports/store';
import type { Write } from '#kernel/ports/work';
import { Type } from '#kernel/schema';
import { type ModuleMigration, migration } from '#kernel/stores/migration';
import { openStore } from '#kernel/stores/open-store';
import { systemIds } from '#kernel/system-clock';
import { createWrite } from '#kernel/transactions';
import { type MovableClock, movableClock } from '#test/clock';
import { freshDatabase } from '#test/database';
import type { StoreUnderTest } from '#test/stores';
import { type Ending, temporaryFolder } from '#test/temp-folder';

/** Who publishes in tests: stories, told line by line. Nobody subscribes to what is only hummed. */
export const teller = defineContract('teller', {
  calls: {},
  events: {
    told: event('A line of a story.', {
      subject: 'story',
      data: Type.Object({ story: Type.String(), line: Type.Integer() }),
    }),
    hummed: event('A pause in a story.', {
      subject: 'story',
      data: Type.Object({ story: Type.String() }),
    }),
  },
  errors: {},
});

/** Who hears in tests, and may itself publish what it heard. */
export const listener = defineContract('listener', {
  calls: {},
  events: {
    echoed: event('A line came back.', {
      subject: 'story',
      data: Type.Object({ story: Type.String(), line: Type.Integer() }),
    }),
  },
  errors: {},
});

export type Line = { readonly story: string; readonly line: number };

/** Where the parties keep their stores: open one again at the same place, and it goes on. */
export type Place = { readonly folder: string; readonly url: URL | undefined };

export async function freshPlace(store: StoreUnderTest, ending: Ending): Promise<Place> {
  const url = store.name === 'postgres' ? await freshDatabase(store.url, ending) : undefined;
  return { folder: temporaryFolder(ending), url: url === undefined ? undefined : new URL(url) };
}

type Ground = {
  readonly place: Place;
  readonly transport: EventTransport;
  readonly clock?: MovableClock;
  readonly instance?: string;
};

const log = createLogger((process.env.TEST_LOG ?? 'silent') as LogLevel);

export type Teller = {
  readonly store: Store;
  readonly relay: Relay;
  readonly write: Write;
  /** Tells lines in one transaction. */
  tell(...lines: readonly Line[]): Promise<void>;
  hum(story: string): Promise<void>;
  stop(): Promise<void>;
};

export async function openTeller(
  options: Ground & {
    readonly relay?: Partial<RelayPolicy>;
    /** Tells into the outbox only: nothing is published. */
    readonly isQuiet?: boolean;
    readonly log?: Logger;
  },
): Promise<Teller> {
  const { place, transport, clock = movableClock(), relay: policy = {} } = options;
  const store = await openPartyStore('teller', place, []);
  const told = options.log ?? log;
  const relay = createRelay({ store, source: 'teller', transport, clock, log: told, policy });
  const write = writeOf(teller, store, clock, options.isQuiet ? quiet : relay);
  transport.serveHistory('teller', createOutboxHistory(store));
  if (!options.isQuiet) relay.start();
  return {
    store,
    relay,
    write,
    tell: (...lines) =>
      write(newTrace(), (tx) => lines.forEach((line) => void tx.publish(teller.events.told(line)))),
    hum: (story) => write(newTrace(), (tx) => tx.publish(teller.events.hummed({ story }))),
    async stop() {
      await relay.stop();
      await store.close();
    },
  };
}

/** An effect that took place. `nth` counts all effects, so that two of one event show. */
export type Note = Line & { readonly event: string; readonly sequence: number };

export type Listener = {
  readonly store: Store;
  readonly write: Write;
  readonly inbox: Inbox;
  /** What was heard, in the order of its transactions. */
  notes(): Promise<readonly Note[]>;
  stop(): Promise<void>;
};

export type ListenerOptions = Ground & {
  /** Runs before the effect of `told`; throws to refuse it. */
  readonly refuse?: (line: Line) => void;
  readonly subscriptions?: readonly Subscription[];
  readonly policy?: Partial<InboxPolicy>;
  readonly name?: string;
};

/** Hears the teller, and notes each line without any care of its own for repeats or order. */
export async function openListener(options: ListenerOptions): Promise<Listener> {
  const { place, transport, clock = movableClock(), refuse = () => undefined } = options;
  const name = options.name ?? 'listener';
  const store = await openPartyStore(name, place, listenerMigrations);
  const note = on(teller.events.told, async ({ sql }, { id, sequence, data }) => {
    refuse(data);
    await sql`
      insert into notes (event, story, line, sequence)
      values (${id}, ${data.story}, ${data.line}, ${sequence})`;
  });
  const write = writeOf(listener, store, clock, quiet);
  const inbox = createInbox({
    module: name,
    instance: options.instance ?? randomUUID(),
    store,
    write,
    makeContext: workContexts(name, clock, log),
    subscriptions: options.subscriptions ?? [note],
    hears: ['teller'],
    transport,
    clock,
    log,
    policy: options.policy ?? {},
  });
  await inbox.start();
  return {
    store,
    write,
    inbox,
    notes: () =>
      store.reader.sql<Note>`select event, story, line, sequence from notes order by nth`,
    async stop() {
      await inbox.stop();
      await store.close();
    },
  };
}

const listenerMigrations = [
  migration('0001-notes', (dialect) => [
    `create table notes (
      nth ${dialect === 'sqlite' ? 'integer' : 'bigint generated always as identity'} primary key,
      event text not null, story text not null, line bigint not null, sequence bigint not null)`,
  ]),
];

export function openPartyStore(
  module: string,
  { folder, url }: Place,
  migrations: readonly ModuleMigration[],
): Promise<Store> {
  const definition = { entities: [], migrations };
  const poolSize = 5;
  return openStore({ module, definition, kernelMigrations, url, poolSize, dataDir: folder, log });
}

/** Leaves events in the outbox. */
const quiet: Pick<Relay, 'append' | 'wake'> = {
  async append(...appended) {
    await appendEvents(...appended);
  },
  wake: () => undefined,
};

function writeOf(
  contract: AnyContract,
  store: Store,
  clock: MovableClock,
  relay: Pick<Relay, 'append' | 'wake'>,
): Write {
  const companions = {
    appendEvents: relay.append,
    eventsCommitted: () => relay.wake(),
    startSagas: async () => undefined,
    wakeSagas: async () => undefined,
    sagasCommitted: () => undefined,
  };
  return createWrite({ contract, store, clock, ids: systemIds, companions });
}
