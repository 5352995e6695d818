import type { Metrics } from '../metrics.ts';
import type { BreakerState } from './breaker.ts';

/** How an edge to a remote module is at the moment. */
export type EdgeSurvey = {
  readonly module: string;
  readonly circuit: BreakerState;
  readonly inFlight: number;
  readonly waiting: number;
  readonly retriesLeft: number;
};

/** What one edge counts. */
export type EdgeCounters = {
  readonly retry: () => void;
  readonly notAsked: (why: 'full' | 'open') => void;
};

export function edgeCounters(metrics: Metrics, module: string): EdgeCounters {
  const retries = metrics
    .counter('remote_call_retries_total', 'Calls that were sent again, by the module asked.')
    .of({ module });
  const refusals = metrics.counter(
    'remote_calls_not_asked_total',
    'Calls refused before they were sent: no room (full), or no answers (open).',
  );
  const full = refusals.of({ module, why: 'full' });
  const open = refusals.of({ module, why: 'open' });
  return {
    retry: () => retries.add(),
    notAsked: (why) => (why === 'full' ? full : open).add(),
  };
}

const stateNumbers = { closed: 0, 'half-open': 0.5, open: 1 } as const;

/** Shows how each edge is whenever somebody looks. */
export function showEdges(metrics: Metrics, survey: () => readonly EdgeSurvey[]): void {
  const gauge = (name: string, help: string, read: (one: EdgeSurvey) => number) =>
    metrics.gauge(name, help, () =>
      survey().map((one) => ({ labels: { module: one.module }, value: read(one) })),
    );
  gauge(
    'remote_circuit_state',
    'The circuit to a module: 0 closed, 0.5 half-open, 1 open.',
    ({ circuit }) => stateNumbers[circuit],
  );
  gauge('remote_calls_in_flight', 'Calls sent to a module.', ({ inFlight }) => inFlight);
  gauge('remote_calls_waiting', 'Calls that wait for room.', ({ waiting }) => waiting);
  gauge('remote_retries_left', 'Retries that the budget allows.', ({ retriesLeft }) => retriesLeft);
}
