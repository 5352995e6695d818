import { Failure } from '../failure.ts';
import type { Heard, Subscription } from '../handlers.ts';
import type { CloudEvent } from '../ports/event-transport.ts';
import type { Problem } from '../ports/operator.ts';
import type { Tx } from '../ports/tx.ts';
import { compileValidator, type Validator } from '../validator.ts';

export type Subscriber = { readonly subscription: Subscription; readonly validator: Validator };

/** A module's subscriptions by the type of their event. */
export type Subscribers = { to(type: string): readonly Subscriber[] };

export function subscribersOf(subscriptions: readonly Subscription[]): Subscribers {
  const byType = new Map<string, Subscriber[]>();
  for (const subscription of subscriptions) {
    const { contract, event, schema } = subscription.event;
    const type = `${contract}.${event}`;
    // Another version may publish fields that this one does not know.
    const validator = compileValidator(schema, { unknownFields: 'ignore' });
    byType.set(type, [...(byType.get(type) ?? []), { subscription, validator }]);
  }
  return { to: (type) => byType.get(type) ?? [] };
}

export function heard({ id, subject, sequence, time, data }: CloudEvent): Heard<unknown> {
  return { id, subject, sequence, time, data };
}

/** Why the data can't be handed to the subscribers: it will not be better at the next attempt. */
export function dataProblem(
  subscribers: readonly Subscriber[],
  data: unknown,
): Problem | undefined {
  const refusing = subscribers.find(({ validator }) => !validator.check(data));
  if (!refusing) return undefined;
  const title = 'The event does not match its contract.';
  return { code: 'invalid_event', title, details: refusing.validator.errors(data) };
}

/** One event on its way through the module's subscribers. */
export type Run = {
  readonly subscribers: readonly Subscriber[];
  /** Whose step is running, to know whose failure it was; -1 between the steps. */
  at: number;
  /** Those that do not get the event any more. */
  readonly gaveUp: Set<number>;
  /** Lets go whoever failed, if all of those skip poison; answers whether they do. */
  giveUp(): boolean;
};

export function startRun(subscribers: readonly Subscriber[]): Run {
  const gaveUp = new Set<number>();
  return {
    subscribers,
    at: -1,
    gaveUp,
    giveUp() {
      const running = this.at === -1 ? [...subscribers.keys()] : [this.at];
      const failed = running.filter((nth) => !gaveUp.has(nth));
      const skip = failed.every((nth) => subscribers[nth]?.subscription.poison === 'skip');
      if (skip) for (const nth of failed) gaveUp.add(nth);
      return skip && failed.length > 0;
    },
  };
}

/** Runs the first steps: outside any transaction, one after another. */
export async function prepareAll(
  run: Run,
  prepare: (subscription: Subscription, nth: number) => Promise<unknown> | undefined,
): Promise<readonly unknown[]> {
  const prepared: unknown[] = [];
  for (const [nth, { subscription }] of run.subscribers.entries()) {
    run.at = nth;
    prepared.push(run.gaveUp.has(nth) ? undefined : await prepare(subscription, nth));
  }
  run.at = -1;
  return prepared;
}

/** Runs the second steps in the transaction that moves the lane on. It may run again. */
export async function commitAll(
  run: Run,
  tx: Tx,
  event: Heard<unknown>,
  prepared: readonly unknown[],
): Promise<void> {
  for (const [nth, { subscription }] of run.subscribers.entries()) {
    if (run.gaveUp.has(nth)) continue;
    run.at = nth;
    await subscription.commit(tx, event, prepared[nth]);
  }
  run.at = -1;
}

const longest = 1000;

/** A failure's code and title, or a bug's name and message. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Failure) {
    return { code: error.code, title: error.message, details: error.details };
  }
  if (error instanceof Error) return { code: error.name, title: error.message.slice(0, longest) };
  return { code: 'Error', title: String(error).slice(0, longest) };
}
