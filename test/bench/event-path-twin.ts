import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createEffects, type EventPath, subjects } from './event-path.ts';
import { TwinDatabase } from './twin-database.ts';

export type TwinEvent = {
  readonly id: string;
  readonly subject: string;
  readonly sequence: number;
  readonly time: string;
  readonly data: { readonly story: string; readonly line: number };
};

/** The broker as a careful hand would use it: one message an event, confirmed, acked when `take` is done. */
export type TwinWire<Message extends { readonly id: string } = TwinEvent> = {
  /** Resolves when the broker has confirmed each. */
  send(messages: readonly Message[]): Promise<void>;
  /** `take` throws when the message has to come again later. */
  listen(take: (message: Message) => void): Promise<void>;
  close(): Promise<void>;
};

/** Rows read from the outbox, and confirmed, at a time. */
const page = 200;

/**
 * What somebody would write by hand for the same promises: outbox, one message an event, an inbox that
 * takes each once and in the order of its subject, and a durable commit for each before its ack.
 */
export async function twinPath(name: string, wire: TwinWire): Promise<EventPath> {
  const folder = mkdtempSync(join(tmpdir(), 'seamline-twin-'));
  const source = openSource(join(folder, 'source.sqlite'));
  const effects = createEffects();
  await wire.listen(openSink(join(folder, 'sink.sqlite'), effects.happened));
  let told = 0;

  async function relay(): Promise<void> {
    for (let events = source.unpublished(); events.length > 0; events = source.unpublished()) {
      await wire.send(events);
      source.published(events);
    }
  }

  return {
    name,
    async fill(events) {
      for (let nth = 0; nth < events; nth += 1) {
        source.tell(`story ${told % subjects}`, told);
        told += 1;
      }
    },
    async drain() {
      await relay();
      await effects.reach(told);
    },
    async one() {
      source.tell(`idle ${told}`, told);
      told += 1;
      const committed = performance.now();
      const relayed = relay();
      await effects.reach(told);
      await relayed;
      return effects.lastAt - committed;
    },
    async close() {
      await wire.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function openSource(file: string) {
  const database = new TwinDatabase(file, [
    'create table subjects (subject text primary key, sequence integer not null)',
    'create table outbox (number integer primary key, event text, published_at integer)',
    'create index unpublished on outbox (number) where published_at is null',
  ]);
  return {
    tell(subject: string, line: number) {
      database.commit(() => {
        const row = database.get<{ sequence: number }>(
          'insert into subjects values (?, 1) on conflict do update set sequence = sequence + 1 returning sequence',
          subject,
        );
        const event: TwinEvent = {
          id: randomUUID(),
          subject,
          sequence: row?.sequence ?? 1,
          time: new Date().toISOString(),
          data: { story: subject, line },
        };
        database.run('insert into outbox (event) values (?)', JSON.stringify(event));
      });
    },
    unpublished(): readonly TwinEvent[] {
      return database
        .all<{ number: number; event: string }>(
          'select number, event from outbox where published_at is null order by number limit ?',
          page,
        )
        .map(({ number, event }) => ({ ...JSON.parse(event), number }));
    },
    published(events: readonly TwinEvent[]) {
      database.commit(() => {
        for (const event of events) {
          const { number } = event as TwinEvent & { number: number };
          database.run('update outbox set published_at = ? where number = ?', Date.now(), number);
        }
      });
    },
  };
}

function openSink(file: string, happened: () => void): (event: TwinEvent) => void {
  const database = new TwinDatabase(file, [
    'create table lanes (subject text primary key, sequence integer not null)',
    'create table inbox (id text primary key, event text, received_at integer)',
    'create table notes (nth integer primary key, event text, story text, line integer, sequence integer)',
  ]);
  return (event) => {
    const isNew = database.commit(() => {
      const { id, subject, sequence, data } = event;
      database.run('insert into lanes values (?, 0) on conflict do nothing', subject);
      const lane = database.get<{ sequence: number }>(
        'update lanes set sequence = sequence + 1 where subject = ? and sequence = ? returning sequence',
        subject,
        sequence - 1,
      );
      const known = database.get('select id from inbox where id = ?', id);
      if (!lane && !known) throw new Error('Out of its turn.');
      if (known) return false;
      database.run('insert into inbox values (?, ?, ?)', id, JSON.stringify(event), Date.now());
      database.run(
        'insert into notes (event, story, line, sequence) values (?, ?, ?, ?)',
        id,
        data.story,
        data.line,
        sequence,
      );
      return true;
    });
    if (isNew) happened();
  };
}
