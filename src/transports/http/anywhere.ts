import type { RemoteGround } from '#kernel/ports/call-transport';
import type { Balancer, Turn } from '#kernel/ports/discovery';

import { NoRoom, NotSent, Resting } from './refusals.ts';

type Choice = {
  readonly balancer: Balancer;
  readonly ground: RemoteGround;
  readonly awaitInstanceMs: number;
};

/** As many instances are tried for one call. */
const mostInstances = 5;

/** `isLast`: nobody else is left, so that an instance is asked although it failed a moment ago. */
type Work<T> = (turn: Turn, isLast: boolean) => Promise<T>;

/**
 * Does `work` on an instance of the module, and on another one where it was not sent (`NotSent`). When
 * all others have failed, those that rest after a failure are asked too: one may just have come back.
 * `work` tells its turn how it went. Throws `unavailable` when nobody can be reached, `noRoom` when one
 * of them takes no more at the moment, and `overdue()` when `patience` aborts before anything was sent.
 * Begins with `first`, where a choice has been made.
 */
export async function anywhere<T>(
  { balancer, ground, awaitInstanceMs }: Choice,
  module: string,
  name: string,
  patience: AbortSignal,
  overdue: () => Error,
  work: Work<T>,
  first?: Turn,
): Promise<T> {
  const tried = new Set<string>();
  const resting = new Set<string>();
  let why = 'no instance of the module is known';
  let full: NoRoom | undefined;
  for (let attempt = 0; attempt < mostInstances; attempt += 1) {
    let turn = attempt === 0 && first ? first : balancer.choose(module, tried);
    let isLast = false;
    if (resting.size > 0 && (!turn || tried.has(turn.instance.id))) {
      turn?.done('abandoned');
      for (const id of resting) tried.delete(id);
      turn = balancer.choose(module, tried);
      isLast = true;
    }
    if (!turn && attempt === 0) {
      const signal = AbortSignal.any([patience, AbortSignal.timeout(awaitInstanceMs)]);
      if (await balancer.awaitInstance(module, signal)) turn = balancer.choose(module, tried);
    }
    if (patience.aborted) {
      turn?.done('abandoned');
      throw overdue();
    }
    if (!turn) break;
    if (tried.has(turn.instance.id)) {
      turn.done('abandoned');
      break;
    }
    try {
      return await work(turn, isLast);
    } catch (error) {
      if (!(error instanceof NotSent)) throw error;
      if (error instanceof NoRoom) full = error;
      why = error.message;
      tried.add(turn.instance.id);
      if (isLast) resting.delete(turn.instance.id);
      else if (error instanceof Resting) resting.add(turn.instance.id);
    }
  }
  throw full ? ground.noRoom(name, full.message) : ground.unavailable(name, why);
}

/** Throws `overdue()` when `patience` aborts first; the work goes on, for whoever else wants it. */
export async function inTime<T>(
  work: Promise<T>,
  patience: AbortSignal,
  overdue: () => Error,
): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const end = () => reject(overdue());
  if (patience.aborted) end();
  patience.addEventListener('abort', end);
  try {
    return await Promise.race([work, promise]);
  } finally {
    patience.removeEventListener('abort', end);
  }
}
