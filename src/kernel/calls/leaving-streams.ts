import type { Metrics } from '../metrics.ts';
import type { CallTransport, Invoke, KindOf, ServedContract } from '../ports/call-transport.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { callFailures } from './call-failures.ts';
import { createContext } from './context.ts';

type Parts = {
  readonly kindOf: KindOf;
  /** Aborted when the streams that are still open have to end. */
  readonly leaving: AbortSignal;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
};

/**
 * The same transport, whose streams do not hold up a host that leaves: they may have no end of their
 * own. Who reads one hears `stream_cut`, and opens it elsewhere.
 */
export function endingWhenLeaving(transport: CallTransport, parts: Parts): CallTransport {
  const open = { count: 0 };
  parts.metrics.gauge(
    'served_streams_open',
    'Streams that other hosts read from here.',
    () => open.count,
  );
  const served = (contract: ServedContract): ServedContract => ({
    contract: contract.contract,
    invoke(caller, call) {
      const invoke = contract.invoke(caller, call);
      const isStream = parts.kindOf(contract.contract, call) === 'stream';
      return isStream ? cutOff(invoke, `${contract.contract}.${call}`, open, parts) : invoke;
    },
  });
  return {
    name: transport.name,
    serve: (contract) => transport.serve(served(contract)),
    connect: (...asked) => transport.connect(...asked),
    close: () => transport.close(),
  };
}

/** The work behind a stream looks at its signal, as all work does that may take long. */
function cutOff(
  invoke: Invoke,
  call: string,
  open: { count: number },
  { leaving, clock, log }: Parts,
): Invoke {
  return async function* items(ctx, input, options) {
    const { caller, actor, key, trace, deadline, signal } = ctx;
    const gone = AbortSignal.any([signal, leaving]);
    const within = createContext({ caller, actor, key, trace, deadline, clock, log, gone });
    open.count += 1;
    try {
      yield* invoke(within, input, options) as AsyncIterable<unknown>;
    } finally {
      open.count -= 1;
    }
    if (leaving.aborted && !signal.aborted) throw callFailures.streamCut({ call });
  };
}
