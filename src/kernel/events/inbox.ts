import type { Subscription } from '../handlers.ts';
import type { Clock } from '../ports/clock.ts';
import type { CloudEvent, EventTransport, Receive } from '../ports/event-transport.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { MakeContext, Write } from '../ports/work.ts';
import { createApplyEvent, type RetryPolicy } from './apply-event.ts';
import { fullJitter, rest, within } from './backoff.ts';
import { createInboxOperator, type InboxOperator } from './dead-letters.ts';
import { createFastLane } from './fast-lane.ts';
import { createCloseGap } from './gaps.ts';
import { lanesDue, tidyLane } from './lane-rows.ts';
import { createLaneRun } from './lane-run.ts';
import { createLanes } from './lanes.ts';
import { createLiveness, type Liveness } from './liveness.ts';
import { createReceive } from './receive.ts';
import { createReconciliation } from './reconciliation.ts';
import { subscribersOf } from './subscriptions.ts';

export type InboxOptions = {
  readonly module: string;
  /** Names this process among those that share the inbox; another one at every start. */
  readonly instance: string;
  readonly store: Store;
  readonly write: Write;
  readonly makeContext: MakeContext;
  readonly subscriptions: readonly Subscription[];
  /** The names of the contracts whose events come here: all of them, subscribed to or not. */
  readonly hears: readonly string[];
  readonly transport: EventTransport;
  readonly clock: Clock;
  readonly log: Logger;
  readonly policy?: Partial<InboxPolicy>;
  /** Records a span for each event that takes effect. */
  readonly telemetry?: Telemetry | undefined;
};

export type InboxPolicy = RetryPolicy & {
  /** Between two comparisons of what has come with what was published. */
  readonly reconcileMs: number;
  /** An instance that has not been heard of for so long is taken for dead. On PostgreSQL only. */
  readonly aliveMs: number;
};

const defaults: InboxPolicy = {
  // About two minutes on average: a neighbour's restart or a fail-over passes in that time.
  attempts: 12,
  firstDelayMs: 200,
  maxDelayMs: 60_000,
  reconcileMs: 30_000,
  aliveMs: 6000,
};

/** Lets events take effect: each once, those of a subject in their order, on every transport. */
export type Inbox = {
  /** Resolves when it hears its sources, or goes on trying to. */
  start(): Promise<void>;
  /** A hint that something may be due. */
  wake(): void;
  /** Receives no more, ends what is running and gives back the rest. */
  stop(): Promise<void>;
  /** Milliseconds since it last looked for what is due with success; 0 where nothing is heard. */
  sinceLookMs(): number;
  readonly operator: InboxOperator;
};

/** What another instance left behind is found this soon. */
const pollMs = 1000;

/** Rows a look at all that is due. */
const dueAtOnce = 2000;

/** Between two looks for more, when one didn't show all: they may be many events of a few busy lanes. */
const lookAgainMs = 50;

/** On SQLite as many as share a commit; on PostgreSQL few, to leave connections to the commands. */
const concurrency = { sqlite: 64, postgres: 8 };

export function createInbox(options: InboxOptions): Inbox {
  const { store, instance, log, hears } = options;
  const stopping = new AbortController();
  const { reconcileMs, aliveMs } = { ...defaults, ...options.policy };
  const liveness = createLiveness({ store, instance, aliveMs, log });
  const { lanes, look, receive } = createWorker(options, liveness, stopping.signal);
  const reconciliation = createReconciliation({ ...options, receive, everyMs: reconcileMs });
  const receiving = new Set<Promise<void>>();
  let polling: Promise<void> = Promise.resolve();
  let lookedAt: number | undefined;

  const receiveFrom = (source: string) => async (batch: readonly CloudEvent[]) => {
    const stored = receive(source, batch);
    receiving.add(stored);
    await stored.finally(() => receiving.delete(stored));
  };

  async function poll(): Promise<void> {
    while (!stopping.signal.aborted) {
      if (await look()) lookedAt = performance.now();
      await rest(pollMs, stopping.signal);
    }
  }

  return {
    async start() {
      if (hears.length === 0) return;
      await liveness.start();
      await Promise.all(
        hears.map((source) => subscribe(options, source, receiveFrom(source), stopping.signal)),
      );
      lookedAt = performance.now();
      polling = poll();
      reconciliation.start(hears);
    },
    wake: () => void look(),
    async stop() {
      stopping.abort();
      await Promise.all([polling, reconciliation.stop(), lanes.stop()]);
      await Promise.allSettled(receiving);
      if (hears.length === 0) return;
      await liveness.stop().catch((error) => {
        log.warn({ err: error }, 'the inbox could not give back its events');
      });
    },
    sinceLookMs: () => (lookedAt === undefined ? 0 : performance.now() - lookedAt),
    operator: createInboxOperator({ ...options, lanes }),
  };
}

/** What stores events as they come, and what works through their lanes. */
function createWorker(options: InboxOptions, liveness: Liveness, signal: AbortSignal) {
  const { store, instance, log } = options;
  const policy = { ...defaults, ...options.policy };
  const subscribers = subscribersOf(options.subscriptions);
  const lanes = createLanes({
    run: (lane) => run(lane),
    concurrency: concurrency[store.dialect],
    refill: () => void lookAgain(),
  });
  let isLookingAgain = false;
  const fastLane = createFastLane({ ...options, ...liveness, subscribers });
  const receive = createReceive({ ...options, subscribers, fastLane, lanes, signal });
  const apply = createApplyEvent({ ...options, ...liveness, subscribers, policy, signal });
  const closeGap = createCloseGap({ ...options, receive });
  const run = createLaneRun({ store, apply, closeGap, log, signal });

  /** Answers whether the inbox could be read. */
  async function look(): Promise<boolean> {
    try {
      const due = await lanesDue(store.reader, instance, dueAtOnce);
      for (const { source, subject, is_passed } of due) {
        if (is_passed) await store.write(({ sql }) => tidyLane(sql, { source, subject }));
        else lanes.offer({ source, subject });
      }
      if (due.length === dueAtOnce) lanes.expectMore();
      return true;
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'the inbox could not be read');
      return false;
    }
  }
  /** In a turn of its own: with nothing but reads in between, SQLite would never let go of the process. */
  async function lookAgain(): Promise<void> {
    if (isLookingAgain) return;
    isLookingAgain = true;
    await rest(lookAgainMs, signal);
    isLookingAgain = false;
    if (!signal.aborted) await look();
  }
  return { lanes, look, receive };
}

const subscribeTimeoutMs = 5000;
const absence = { firstDelayMs: 500, maxDelayMs: 10_000 };

/** A broker that is away holds up nobody's start: it is asked again until it is there. */
async function subscribe(
  { module, transport, log }: InboxOptions,
  source: string,
  receive: Receive,
  signal: AbortSignal,
): Promise<void> {
  const attempt = async (): Promise<boolean> => {
    try {
      const hear = transport.subscribe(module, source, receive);
      await within(subscribeTimeoutMs, `Subscribing to ${source}`, hear);
      return true;
    } catch (error) {
      log.warn({ err: error, source, transport: transport.name }, 'events cannot be heard yet');
      return false;
    }
  };
  const goOn = async (): Promise<void> => {
    for (let failures = 1; !signal.aborted; failures += 1) {
      await rest(fullJitter(failures, absence), signal);
      if (signal.aborted || (await attempt())) return;
    }
  };
  if (!(await attempt())) void goOn();
}
