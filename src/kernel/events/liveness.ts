import type { Logger } from '../ports/logger.ts';
import type { Sql, Store } from '../ports/store.ts';
import { databaseClock } from '../stores/sql-words.ts';
import { rest, spread } from './backoff.ts';
import { nobody } from './inbox-rows.ts';

/**
 * Tells the other instances of a module that this one lives, so that they leave its events to it. On
 * SQLite there are no others, and no beats: who is still noted at the start has died.
 */
export type Liveness = {
  start(): Promise<void>;
  /** For a while after a start that found traces of others: an event may have ended one of them. */
  isAfterCrash(): boolean;
  stop(): Promise<void>;
};

type Options = {
  readonly store: Store;
  readonly instance: string;
  /** Without a beat for so long, by the database's clock, it counts as dead. Three may fail. */
  readonly aliveMs: number;
  readonly log: Logger;
};

/** The dead are remembered for so long. */
const forgottenMs = 60 * 60 * 1000;

/** What was not acknowledged before a crash comes again within this time. Longer ago, it has come. */
const afterCrashMs = 60_000;

export function createLiveness({ store, instance, aliveMs, log }: Options): Liveness {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let carefulUntil = Number.POSITIVE_INFINITY;

  async function run(): Promise<void> {
    for (;;) {
      await rest(spread(aliveMs / 4), stopping.signal);
      if (stopping.signal.aborted) return;
      await store
        .write(({ sql }) => beat(sql, instance, aliveMs))
        .catch((error) => {
          log.warn({ err: error }, 'the inbox could not tell the others that it lives');
        });
    }
  }

  return {
    async start() {
      const others = await store.write(({ sql }) => enter(sql, instance, aliveMs));
      carefulUntil = others > 0 ? performance.now() + afterCrashMs : 0;
      if (store.dialect === 'postgres') running = run();
    },

    isAfterCrash: () => performance.now() < carefulUntil,

    /** Gives its waiting events back: whoever looks next takes them at once. */
    async stop() {
      stopping.abort();
      await running;
      await store.write(async ({ sql }) => {
        await sql`
          update inbox_events set owner = ${nobody} where state = 'waiting' and owner = ${instance}`;
        await sql`delete from inbox_workers where id = ${instance}`;
      });
    },
  };
}

/** Answers how many others are noted: alive, or dead without having taken their leave. */
async function enter(sql: Sql, instance: string, aliveMs: number): Promise<number> {
  const others = await sql`select id from inbox_workers`;
  if (sql.dialect === 'sqlite') await sql`delete from inbox_workers`;
  await beat(sql, instance, aliveMs);
  return others.length;
}

async function beat(sql: Sql, instance: string, aliveMs: number): Promise<void> {
  await sql`
    insert into inbox_workers (id, alive_until)
    values (${instance}, ${databaseClock(sql)} + ${aliveMs})
    on conflict (id) do update set alive_until = excluded.alive_until`;
  await sql`delete from inbox_workers where alive_until < ${databaseClock(sql)} - ${forgottenMs}`;
}
