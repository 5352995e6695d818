import { callFailures } from '../calls/call-failures.ts';
import type { Attempt, Verdict } from './attempt.ts';
import type { Breaker } from './breaker.ts';
import type { Bulkhead } from './bulkhead.ts';
import { bounded, type Deadlines } from './deadlines.ts';
import { watchedFlow } from './watched-flow.ts';

type StreamParts = {
  readonly room: Bulkhead;
  readonly breaker: Breaker<Attempt>;
  readonly deadlines: Deadlines;
  readonly verdictOn: (error: unknown) => Verdict;
  readonly refused: (why: 'full' | 'open') => Error;
};

/**
 * A stream does not run through the circuit, and is never its probe: the first item may take as long
 * as it likes. The circuit is told how it went. Refusals come when the first item is asked for.
 */
export function guardedStream(attempt: Attempt, parts: StreamParts): AsyncIterable<unknown> {
  const { room, breaker, deadlines, verdictOn, refused } = parts;
  let leave: (() => void) | undefined;
  let hasBegun = false;
  const open = () => {
    if (breaker.state() === 'open') throw refused('open');
    if (!room.enter()) throw refused('full');
    leave = room.placeUntil(attempt.deadline);
    return untilDeadline(attempt, deadlines);
  };
  return watchedFlow(open, {
    began() {
      hasBegun = true;
      breaker.saw('answered');
    },
    ended(error) {
      leave?.();
      // What was refused here tells nothing, and a quiet stream that its time ended has not failed.
      // With one connection many streams break off: whether it can be had again, their readers show.
      if (hasBegun || !leave || error === undefined || callFailures.deadlinePassed.is(error))
        return;
      breaker.saw(verdictOn(error));
    },
  });
}

function untilDeadline(attempt: Attempt, deadlines: Deadlines): AsyncIterable<unknown> {
  const { invoke, ctx, input, options, call, deadline } = attempt;
  const late = () => callFailures.deadlinePassed({ call });
  const flow = invoke(ctx, input, options) as AsyncIterable<unknown>;
  const items = flow[Symbol.asyncIterator]();
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => bounded(deadlines, deadline, late, items.next()),
      return: async () => (await items.return?.()) ?? { done: true, value: undefined },
    }),
  };
}
