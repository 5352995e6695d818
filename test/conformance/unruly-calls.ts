import { Failure } from '#kernel/failure';
import type { CallContext, CallOptions } from '#kernel/ports/call-context';
import type { CallTransport, Invoke } from '#kernel/ports/call-transport';
import { someContext } from '#test/call-context';

/** A transport that does with each call what no transport may. */
export function unrulyCalls(transport: CallTransport, manner: (invoke: Invoke) => Invoke) {
  return {
    ...transport,
    connect: (caller: string, contract: string, call: string) =>
      manner(transport.connect(caller, contract, call)),
  };
}

/** The provider has all the time there is. */
export function forgetsDeadlines(invoke: Invoke): Invoke {
  return (ctx, input, options, bytes) => {
    const { gone, ...given } = partsOf(ctx);
    return invoke(someContext({ ...given, gone }), input, keyOf(options), bytes);
  };
}

/** Nobody tells the provider that its caller has gone. */
export function forgetsCallers(invoke: Invoke): Invoke {
  return (ctx, input, options, bytes) => {
    const { gone: _, ...given } = partsOf(ctx);
    const timeoutMs = ctx.deadline - Date.now();
    return invoke(someContext({ ...given, timeoutMs }), input, options, bytes);
  };
}

/** Keys are made up anew. */
export function forgetsKeys(invoke: Invoke): Invoke {
  return (ctx, input, options, bytes) => {
    const { key: _, ...given } = partsOf(ctx);
    return invoke(someContext({ ...given, timeoutMs: 20_000 }), input, options, bytes);
  };
}

/** All commands of one piece of work have one key. */
export function forgetsNames(invoke: Invoke): Invoke {
  return (ctx, input, options, bytes) => {
    const { key: _, ...rest } = options ?? {};
    return invoke(ctx, input, rest, bytes);
  };
}

export function losesDetails(invoke: Invoke): Invoke {
  return (...asked) => {
    const answer = invoke(...asked);
    if (!(answer instanceof Promise)) return answer;
    return answer.catch((error) => {
      if (!(error instanceof Failure)) throw error;
      throw new Failure({ ...error.toRecord(), details: undefined });
    });
  };
}

const waiting: ((answer: unknown) => void)[] = [];

/** Answers go to whoever has waited longest. */
export function mixesAnswersUp(invoke: Invoke): Invoke {
  return (...asked) => {
    const answer = invoke(...asked);
    if (!(answer instanceof Promise)) return answer;
    return new Promise((resolve, reject) => {
      waiting.push(resolve);
      answer.then((output) => waiting.shift()?.(output), reject);
    });
  };
}

/** Reads a source to its end before it passes anything on. */
export function readsAhead(invoke: Invoke): Invoke {
  return (...asked) => {
    const answer = invoke(...asked);
    if (answer instanceof Promise) return answer;
    return (async function* () {
      yield* await Array.fromAsync(answer as AsyncIterable<unknown>);
    })();
  };
}

/** Leaves what was left by its reader as it is. */
export function leavesOpen(invoke: Invoke): Invoke {
  return (...asked) => {
    const answer = invoke(...asked);
    if (answer instanceof Promise) return answer;
    const items = (answer as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    return { [Symbol.asyncIterator]: () => ({ next: () => items.next() }) };
  };
}

/** Ends what has broken as if it were whole. */
export function hidesBreaks(invoke: Invoke): Invoke {
  return (...asked) => {
    const answer = invoke(...asked);
    if (answer instanceof Promise) return answer;
    return (async function* () {
      try {
        yield* answer as AsyncIterable<unknown>;
      } catch {
        // As if it were the end.
      }
    })();
  };
}

function partsOf(ctx: CallContext) {
  return { actor: ctx.actor, key: ctx.key, gone: ctx.signal };
}

function keyOf(options: CallOptions | undefined): CallOptions | undefined {
  return options?.key === undefined ? undefined : { key: options.key };
}
