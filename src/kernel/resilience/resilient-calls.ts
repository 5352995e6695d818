import { callFailures } from '../calls/call-failures.ts';
import type { AnyContract, Call, CallKind } from '../contract.ts';
import type { Metrics } from '../metrics.ts';
import type { Bytes } from '../ports/bytes.ts';
import type { CallContext, CallOptions } from '../ports/call-context.ts';
import type { CallTransport, Invoke } from '../ports/call-transport.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { systemClock } from '../system-clock.ts';
import type { Attempt } from './attempt.ts';
import { Edge } from './edge.ts';
import { type EdgeSurvey, edgeCounters, showEdges } from './edge-metrics.ts';
import { type EdgePolicy, edgeDefaults } from './edge-policy.ts';

export type ResilienceParts = {
  /** The contracts that are called through the transport: they tell what may be repeated. */
  readonly contracts: readonly AnyContract[];
  readonly clock?: Clock;
  /** Numbers in [0, 1). */
  readonly random?: () => number;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly policy?: Partial<EdgePolicy>;
};

export type ResilientCalls = CallTransport & { survey(): readonly EdgeSurvey[] };

/**
 * The first line of resilience, around a transport that leads to other hosts. Each remote module has
 * an edge of its own, for all callers in this host: room for so many calls, a circuit, a budget of
 * retries. Every call has a finite deadline. Queries and keyed commands that no provider answered are
 * sent again; this is the only layer that does so. Refuses with `not_asked` what was never sent.
 */
export function resilientCalls(transport: CallTransport, parts: ResilienceParts): ResilientCalls {
  const { contracts, clock = systemClock, random = Math.random, metrics, log } = parts;
  const policy = { ...edgeDefaults, ...parts.policy };
  const edges = new Map<string, Edge>();
  const kinds = new Map(
    contracts.flatMap(({ name, calls }) =>
      Object.values(calls as Record<string, Call>).map((call) => [
        `${name}.${call.name}`,
        call.kind,
      ]),
    ),
  );

  const edgeTo = (module: string): Edge => {
    const counters = edgeCounters(metrics, module);
    const edge = edges.get(module) ?? new Edge(module, { policy, clock, random, counters, log });
    edges.set(module, edge);
    return edge;
  };
  const survey = () => [...edges.values()].map((edge) => edge.survey());
  showEdges(metrics, survey);

  return {
    name: transport.name,
    serve: (served) => transport.serve(served),
    connect(caller, contract, call) {
      const name = `${contract}.${call}`;
      const kind = kinds.get(name);
      if (!kind) throw new Error(`No contract says what kind of call ${name} is.`);
      const invoke = transport.connect(caller, contract, call);
      return guarded(kind, edgeTo(contract), attempts(name, kind, invoke, { policy, clock }));
    },
    survey,
    async close() {
      for (const edge of edges.values()) edge.close();
      await transport.close();
    },
  };
}

type MakeAttempt = (...asked: Parameters<Invoke>) => Attempt;

function guarded(kind: CallKind, edge: Edge, attempt: MakeAttempt): Invoke {
  if (kind === 'stream') return (...asked) => edge.stream(attempt(...asked));
  if (kind === 'download') return async (...asked) => edge.download(attempt(...asked));
  if (kind === 'upload') return async (...asked) => edge.upload(attempt(...asked));
  if (kind === 'query')
    return async (ctx, input, options) => edge.call(attempt(ctx, input, options), true);
  // Without a key a repeat would be another command.
  return async (ctx, input, options) =>
    edge.call(attempt(ctx, input, options), ctx.key !== '' || options?.key !== undefined);
}

/** Makes attempts with a finite deadline. They throw `deadlinePassed` when that is over already. */
function attempts(
  call: string,
  kind: CallKind,
  invoke: Invoke,
  { policy, clock }: { policy: EdgePolicy; clock: Clock },
): MakeAttempt {
  const mostMs = kind === 'query' || kind === 'command' ? policy.mostCallMs : policy.mostFlowMs;
  return (ctx: CallContext, input: unknown, options?: CallOptions, bytes?: Bytes) => {
    const now = clock.now();
    const wanted = Math.min(ctx.deadline, now + (options?.timeoutMs ?? Number.POSITIVE_INFINITY));
    if (wanted <= now) throw callFailures.deadlinePassed({ call });
    const deadline = Math.min(wanted, now + mostMs);
    const told = deadline < wanted ? { ...options, timeoutMs: mostMs } : options;
    return { call, invoke, ctx, input, options: told, bytes, deadline, sentAt: now };
  };
}
