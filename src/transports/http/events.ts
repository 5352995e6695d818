import type {
  CloudEvent,
  EventCarrier,
  HearersOf,
  PartlyPublished,
  Receive,
} from '#kernel/ports/event-transport';
import type { Peer } from '#kernel/ports/trust';

import { createAbsences } from './absences.ts';
import { type AskGround, askAnywhere } from './asks.ts';
import type { Links } from './links.ts';
import { forged, jsonWithin } from './refusals.ts';
import type { AskHandler } from './served.ts';
import { createStoredBy } from './stored-by.ts';

type Options = AskGround & { readonly hearersOf: HearersOf };

type Push = {
  readonly source: string;
  readonly subscriber: string;
  readonly batch: readonly CloudEvent[];
};

/**
 * Pushes events to one instance of every subscriber; `publish` resolves when each has stored the batch.
 * One that could not is left alone for a while, and keeps nobody waiting.
 * A subscriber that has subscribed here gets them without a way between.
 */
export function httpEvents(
  options: Options,
  links: Links,
  asks: Map<string, AskHandler>,
): EventCarrier {
  const receivers = new Map<string, Receive>();
  const receiving = new Set<Promise<void>>();
  const stored = createStoredBy();
  const absences = createAbsences(options.limits);
  let isClosed = false;

  asks.set('events', async (peer, body) => {
    const push = body as Push;
    if (isClosed) throw options.ground.unavailable('events', 'this host hears no more');
    const storing = receive(options, receivers, peer, push);
    receiving.add(storing);
    await storing.finally(() => receiving.delete(storing));
    return null;
  });

  async function deliver(source: string, subscriber: string, batch: readonly CloudEvent[]) {
    const here = receivers.get(keyOf(subscriber, source));
    const missing = stored.missing(subscriber, batch);
    if (missing.length === 0) return;
    if (here) return here(missing);
    const pushes = [...parts(options, { source, subscriber, batch: missing })];
    await absences.unlessAbsent(keyOf(subscriber, source), async () => {
      for (const push of pushes) await askAnywhere(options, links, subscriber, 'events', push);
    });
  }

  return {
    name: 'http',

    async publish(source, batch) {
      if (isClosed) throw new Error('The http events are closed.');
      const hearers = options.hearersOf(source);
      const outcomes = await Promise.allSettled(
        hearers.map((subscriber) => deliver(source, subscriber, batch)),
      );
      stored.settle(hearers, outcomes, batch);
      const failed = outcomes.filter(({ status }) => status === 'rejected');
      if (failed.length === 0) return;
      const { reason } = failed[0] as PromiseRejectedResult;
      throw failed.length < hearers.length ? new StoredBySome(reason) : reason;
    },

    async subscribe(subscriber, source, receive) {
      receivers.set(keyOf(subscriber, source), receive);
    },

    async close() {
      isClosed = true;
      receivers.clear();
      await Promise.allSettled(receiving);
    },
  };
}

class StoredBySome extends Error implements PartlyPublished {
  override readonly name = 'StoredBySome';
  readonly isPartly = true;

  constructor(cause: Error) {
    super(`Not every subscriber has stored them: ${cause.message}`, { cause });
  }
}

/** Only the host of a source may say what it has published. */
async function receive(
  { ground }: Options,
  receivers: ReadonlyMap<string, Receive>,
  peer: Peer,
  { source, subscriber, batch }: Push,
): Promise<void> {
  const isOfSource = Array.isArray(batch) && batch.every((event) => event?.source === source);
  if (!peer.modules.has(source) || !isOfSource) {
    ground.audit(peer.host, { audit: 'forged_event', host: peer.host, source, subscriber });
    throw ground.fromWire(forged(source, `${subscriber}: events`));
  }
  const store = receivers.get(keyOf(subscriber, source));
  if (!store) throw ground.unavailable('events', `${subscriber} does not hear ${source} here yet`);
  await store(batch);
}

/** Events are asked to be stored in as many parts as it takes for each to be carried. */
function* parts({ limits, ground }: Options, push: Push): Generator<string> {
  const json = JSON.stringify(push);
  if (push.batch.length === 1 || Buffer.byteLength(json) <= limits.payloadBytes) {
    yield jsonWithin(push, limits.payloadBytes, 'events', ground);
    return;
  }
  const half = Math.ceil(push.batch.length / 2);
  yield* parts({ limits, ground } as Options, { ...push, batch: push.batch.slice(0, half) });
  yield* parts({ limits, ground } as Options, { ...push, batch: push.batch.slice(half) });
}

function keyOf(subscriber: string, source: string): string {
  return JSON.stringify([subscriber, source]);
}
