import type { EventTransport, PartlyPublished } from '../ports/event-transport.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { beginPublishing } from '../telemetry/work-spans.ts';
import { type Backoff, fullJitter, within } from './backoff.ts';
import { countFailures, type Unpublished } from './unpublished.ts';

type Options = {
  readonly store: Store;
  readonly source: string;
  readonly transport: EventTransport;
  readonly log: Logger;
  readonly retry: Backoff;
  readonly publishTimeoutMs: number;
  readonly telemetry?: Telemetry | undefined;
};

export type Refusal = {
  /** When the first of the events is due again: each has its own attempts counted and its own delay. */
  readonly dueInMs: number;
  /** Some subscribers have them: the transport works. */
  readonly isPartly: boolean;
};

/**
 * Publishes a batch. Answers undefined, or how the transport refused it. `isOutage`: it has refused all
 * that came before too, which needs to be told once.
 */
export type Publish = (
  events: readonly Unpublished[],
  isOutage?: boolean,
) => Promise<Refusal | undefined>;

/** From this attempt on, an event that goes alone is reported as an error: a person should look. */
const alarmingAttempts = 8;

/** Reasons that are told of one outage. */
const mostReasons = 10;

export function createPublish(options: Options): Publish {
  const told = new Set<string>();
  const { store, source, transport, retry, publishTimeoutMs, telemetry } = options;
  return async (events, isOutage = false) => {
    const spans = telemetry && beginPublishing(telemetry, transport.name, events);
    try {
      const published = transport.publish(
        source,
        events.map(({ event }) => event),
      );
      await within(publishTimeoutMs, 'Publishing', published);
      spans?.forEach((span) => void span.end());
      told.clear();
      return undefined;
    } catch (error) {
      spans?.forEach((span) => void span.end(error));
      if (!isOutage) told.clear();
      report(options, told, error, events);
      const failed = events.map(({ number, attempts }) => ({
        number,
        delayMs: fullJitter(attempts + 1, retry),
      }));
      await store.write(({ sql }) => countFailures(sql, failed));
      return {
        dueInMs: Math.min(...failed.map(({ delayMs }) => delayMs)),
        isPartly: (error as Partial<PartlyPublished>).isPartly === true,
      };
    }
  };
}

function report(
  { log, source }: Options,
  told: Set<string>,
  error: unknown,
  events: readonly Unpublished[],
): void {
  const attempts = (events[0]?.attempts ?? 0) + 1;
  const facts = { err: error, source, events: events.length, attempts };
  const isAlarming = events.length === 1 && attempts >= alarmingAttempts;
  const reason = `${isAlarming} ${(error as Error).message}`;
  if (told.has(reason) || told.size >= mostReasons) {
    log.debug(facts, 'events still could not be published');
    return;
  }
  told.add(reason);
  if (isAlarming)
    log.error({ ...facts, eventId: events[0]?.event.id }, 'an event cannot be published');
  else log.warn(facts, 'events could not be published; they will be tried again');
}
