import type { Context } from '../calls/context.ts';
import type { CallTransport, Invoke, ServedContract } from '../ports/call-transport.ts';
import type { Span, SpanStart, Telemetry } from '../ports/telemetry.ts';

/** Whether the provider runs in this process, or somewhere that only the transport knows. */
export type Reach = 'local' | 'remote';

/**
 * The same transport, on which every call is a span: in one process one, between hosts one on each
 * side. Composed only where telemetry is on: without it, this is the transport itself.
 */
export function tracedCalls(
  transport: CallTransport,
  telemetry: Telemetry | undefined,
  reach: Reach,
): CallTransport {
  if (!telemetry) return transport;
  const kind = reach === 'local' ? 'internal' : 'client';
  return {
    name: transport.name,
    serve: (served) =>
      transport.serve(reach === 'local' ? served : tracedService(served, telemetry)),
    connect(caller, contract, call) {
      const start = { kind, ...namesOf(caller, contract, call) } as const;
      return traced(transport.connect(caller, contract, call), start, telemetry);
    },
    close: () => transport.close(),
  };
}

function tracedService(served: ServedContract, telemetry: Telemetry): ServedContract {
  const { contract } = served;
  return {
    ...served,
    invoke(caller, call) {
      const start = { kind: 'server', ...namesOf(caller, contract, call) } as const;
      return traced(served.invoke(caller, call), start, telemetry);
    },
  };
}

function namesOf(caller: string, contract: string, call: string): Omit<SpanStart, 'kind'> {
  return {
    name: `${contract}.${call}`,
    facts: {
      'rpc.system': 'seamline',
      'rpc.service': contract,
      'rpc.method': call,
      'seamline.caller': caller,
    },
  };
}

function traced(run: Invoke, start: SpanStart, telemetry: Telemetry): Invoke {
  return (ctx, input, options, bytes) => {
    const span = telemetry.begin(start, ctx.trace);
    if (!span) return run(ctx, input, options, bytes);
    try {
      return watched(run((ctx as Context).continuing(span.trace), input, options, bytes), span);
    } catch (error) {
      span.end(error);
      throw error;
    }
  };
}

/** Whatever a call answers, and the span ends with it. */
function watched(output: unknown, span: Span): unknown {
  return isStream(output) ? watchedItems(output, span) : watchedAnswer(output, span);
}

async function watchedAnswer(output: unknown, span: Span): Promise<unknown> {
  try {
    const answer = await output;
    span.end();
    return answer;
  } catch (error) {
    span.end(error);
    throw error;
  }
}

async function* watchedItems(items: AsyncIterable<unknown>, span: Span): AsyncIterable<unknown> {
  let problem: unknown;
  try {
    yield* items;
  } catch (error) {
    problem = error;
    throw error;
  } finally {
    // Whoever listens may leave at any item.
    span.end(problem);
  }
}

function isStream(output: unknown): output is AsyncIterable<unknown> {
  return typeof output === 'object' && output !== null && Symbol.asyncIterator in output;
}
