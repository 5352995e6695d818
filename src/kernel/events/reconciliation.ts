import { Failure } from '../failure.ts';
import type { CloudEvent, EventHistory, EventTransport } from '../ports/event-transport.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import { rest, spread, within } from './backoff.ts';
import { unknownAmong } from './inbox-rows.ts';

type Options = {
  readonly store: Store;
  readonly transport: EventTransport;
  readonly log: Logger;
  readonly receive: (source: string, events: readonly CloudEvent[]) => Promise<void>;
  readonly everyMs: number;
};

/**
 * Compares what was committed with what has come, again and again. A gap shows by itself; an event
 * that was the last of its subject when a transport lost it shows only here. What a broker that is
 * away keeps back comes this way too, if late.
 */
export type Reconciliation = {
  start(sources: readonly string[]): void;
  stop(): Promise<void>;
};

/** Soon after the start once more: what others published while we started may have missed us. */
const secondMs = 1000;
/** What was committed just now is on its way: so long we wait before we call it lost. */
const patienceMs = 1000;
const page = 200;
const askTimeoutMs = 10_000;

export function createReconciliation(options: Options): Reconciliation {
  const { store, transport, log, everyMs } = options;
  const stopping = new AbortController();
  const running: Promise<void>[] = [];

  async function run(source: string): Promise<void> {
    const outage = watchOutage(log, source);
    let isFirst = true;
    while (!stopping.signal.aborted) {
      try {
        await compare(source);
        outage.over();
      } catch (error) {
        outage.saw(error);
      }
      await rest(spread(isFirst ? Math.min(secondMs, everyMs) : everyMs), stopping.signal);
      isFirst = false;
    }
  }

  async function compare(source: string): Promise<void> {
    const history = transport.history(source);
    for (let more = true; more && !stopping.signal.aborted; ) {
      more = await comparePage(source, history);
    }
  }

  async function comparePage(source: string, history: EventHistory): Promise<boolean> {
    const known = await positionOf(store, source);
    const asked = history.after(known, page);
    const { events, position } = await within(askTimeoutMs, 'Asking for events', asked);
    if (position === known) return false;
    const lost = await lostAmong(source, events);
    if (stopping.signal.aborted) return false;
    if (lost.length > 0) {
      log.info({ source, events: lost.length }, 'found events that had not come by themselves');
      await options.receive(source, lost);
    }
    await savePosition(store, source, position);
    return events.length > 0;
  }

  async function lostAmong(source: string, events: readonly CloudEvent[]) {
    const missing = await unknownAmong(store.reader, source, events);
    // Only the newest can be on their way: a full page has others behind it.
    if (missing.length === 0 || events.length === page) return missing;
    await rest(patienceMs, stopping.signal);
    return await unknownAmong(store.reader, source, missing);
  }

  return {
    start(sources) {
      for (const source of sources) running.push(run(source));
    },
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

/** Whom nobody could reach once may only be starting, as we are. */
const silentTimes = 1;

/** Tells of each outage of a source once, and of its end; of what is no outage at its first time. */
function watchOutage(log: Logger, source: string) {
  let times = 0;
  let isTold = false;
  return {
    saw(error: unknown): void {
      const isAway = error instanceof Failure && error.kind === 'unavailable';
      times += 1;
      if (isTold || (isAway && times <= silentTimes)) return;
      isTold = true;
      log.warn({ err: error, source }, 'events cannot be compared with their source');
    },
    over(): void {
      if (isTold) log.info({ source }, 'events can be compared with their source again');
      times = 0;
      isTold = false;
    },
  };
}

async function positionOf({ reader: { sql } }: Store, source: string): Promise<number> {
  const [row] = await sql<{ position: number }>`
    select position from inbox_sources where source = ${source}`;
  return row?.position ?? 0;
}

/** Only forward: another instance may be further. */
async function savePosition(store: Store, source: string, position: number): Promise<void> {
  await store.write(
    ({ sql }) => sql`
      insert into inbox_sources (source, position) values (${source}, ${position})
      on conflict (source) do update set position = excluded.position
        where inbox_sources.position < excluded.position`,
  );
}
