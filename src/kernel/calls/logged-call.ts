import type { Call } from '../contract.ts';
import { Failure } from '../failure.ts';
import type { CallContext } from '../ports/call-context.ts';
import type { Invoke } from '../ports/call-transport.ts';
import type { Logger } from '../ports/logger.ts';

/**
 * A line a call, at level debug: who asked for what, how long it took and how it ended, never what
 * was said. Composed only where that level is on, so that it costs nothing anywhere else.
 */
export function logged(call: Call, run: Invoke, log: Logger): Invoke {
  const name = `${call.contract}.${call.name}`;
  const begin = ({ caller, trace }: CallContext) => {
    const startedAt = performance.now();
    return (outcome: string) => {
      const ms = Math.round(performance.now() - startedAt);
      log.debug({ call: name, caller, trace: trace.traceId, ms, outcome }, 'called');
    };
  };
  return call.kind === 'stream' ? loggedStream(run, begin) : loggedAnswer(run, begin);
}

type Begin = (ctx: CallContext) => (outcome: string) => void;

function loggedAnswer(run: Invoke, begin: Begin): Invoke {
  return async (ctx, input, options, bytes) => {
    const end = begin(ctx);
    try {
      const output = await run(ctx, input, options, bytes);
      end('answered');
      return output;
    } catch (error) {
      end(outcomeOf(error));
      throw error;
    }
  };
}

function loggedStream(run: Invoke, begin: Begin): Invoke {
  return async function* items(ctx, input) {
    const end = begin(ctx);
    let outcome = 'left';
    try {
      yield* run(ctx, input) as AsyncIterable<unknown>;
      outcome = 'answered';
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      end(outcome);
    }
  };
}

function outcomeOf(error: unknown): string {
  return error instanceof Failure ? error.code : 'broke';
}
