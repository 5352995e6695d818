import { type Metrics, processMetrics } from '../metrics.ts';
import type { Clock } from '../ports/clock.ts';
import type { OperatedModules } from './operator-input.ts';

/** Whether a host does what it is there for, and if not, why not. */
export type Readiness = { readonly ready: boolean; readonly reasons: readonly string[] };

/** Outbox, inbox and sagas are looked through every second or so: after this long the loop stands still. */
const longestUnlookedMs = 30_000;

/** Asking costs two readings a module, and anybody near may ask. */
const answerHoldsMs = 1_000;

/**
 * Readiness that reflects progress: a store that does not answer, or events and sagas that nobody looks
 * after, make a host unready, however well it answers a ping. Events that wait for a broker or for a
 * subscriber that is away, for their next try or for a person, don't: another host would fare no better
 * with them, and the calls that this one can answer must not end with what it can't help. Their age is
 * measured, for an alarm (docs/decisions/0035).
 */
export function readinessOf(modules: OperatedModules, clock: Clock): () => Promise<Readiness> {
  let held: { readonly until: number; readonly answer: Promise<Readiness> } | undefined;
  return () => {
    const now = clock.now();
    if (!held || held.until <= now) held = { until: now + answerHoldsMs, answer: ask(modules) };
    return held.answer;
  };
}

async function ask(modules: OperatedModules): Promise<Readiness> {
  const reasons = await Promise.all(
    [...modules].map(async ([name, { events, sagas }]) => {
      const lag = await events.lag().catch(() => undefined);
      if (!lag) return [`the store of ${name} does not answer`];
      const { outbox, inbox } = events.sinceLookMs();
      return [
        ...unlooked(`events that ${name} has published`, outbox),
        ...unlooked(`events that ${name} has heard`, inbox),
        ...unlooked(`sagas of ${name}`, sagas.sinceLookMs()),
      ];
    }),
  );
  return { ready: reasons.flat().length === 0, reasons: reasons.flat() };
}

function unlooked(what: string, ms: number): string[] {
  return ms > longestUnlookedMs
    ? [`${what} were not looked at for ${Math.round(ms / 1000)} s`]
    : [];
}

/** Measures what waits in each module, and the process itself. */
export function measureProgress(metrics: Metrics, modules: OperatedModules): void {
  processMetrics(metrics);
  const lagGauge = (name: string, help: string, pick: (lag: Lag) => number) =>
    metrics.gauge(name, help, async () => {
      const lags = [...modules].map(async ([module, { events }]) => {
        const lag = await events.lag().catch(() => undefined);
        return lag ? [{ labels: { module }, value: pick(lag) }] : [];
      });
      return (await Promise.all(lags)).flat();
    });
  lagGauge('seamline_outbox_events', 'Events that have yet to leave.', (lag) => lag.outbox.rows);
  lagGauge(
    'seamline_outbox_oldest_seconds',
    'Age of the oldest of them.',
    (lag) => lag.outbox.oldestMs / 1000,
  );
  lagGauge(
    'seamline_inbox_events',
    'Events that have yet to take effect.',
    (lag) => lag.inbox.rows,
  );
  lagGauge(
    'seamline_inbox_oldest_seconds',
    'Age of the oldest of them.',
    (lag) => lag.inbox.oldestMs / 1000,
  );
  lagGauge('seamline_inbox_parked', 'Events that wait for a person.', (lag) => lag.inbox.parked);
}

type Lag = Awaited<
  ReturnType<(OperatedModules extends ReadonlyMap<string, infer M> ? M : never)['events']['lag']>
>;
