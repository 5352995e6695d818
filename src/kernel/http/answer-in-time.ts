import type { NextFunction } from 'express';

import { callFailures } from '../calls/call-failures.ts';
import type { Route } from './route.ts';

/** Runs work whose asker is answered in time, whatever becomes of it. */
export type AnswerInTime = <T>(next: NextFunction, work: () => Promise<T>) => Promise<T>;

/** A handler that looks at no signal may hang; whoever waits for it is answered all the same. */
export function answerInTime({ call }: Route, withinMs: number): AnswerInTime {
  const tooLate = callFailures.deadlinePassed({ call: `${call.contract}.${call.name}` });
  return async (next, work) => {
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      next(tooLate);
    }, withinMs).unref();
    try {
      return await work();
    } catch (error) {
      if (!isLate) throw error;
      // The refusal has been sent; a second one would have nowhere to go.
      return await new Promise<never>(() => undefined);
    } finally {
      clearTimeout(late);
    }
  };
}
