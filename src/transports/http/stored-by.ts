import type { CloudEvent } from '#kernel/ports/event-transport';

/**
 * Which events who has stored while somebody else could not: the publisher sends them again to all,
 * and those who have them need not get them again. In memory only; who forgets sends once too often.
 */
export type StoredBy = {
  /** What the subscriber is not known to have stored. */
  missing(subscriber: string, batch: readonly CloudEvent[]): readonly CloudEvent[];
  /** How the delivery to each of the subscribers went. */
  settle(
    subscribers: readonly string[],
    outcomes: readonly PromiseSettledResult<void>[],
    batch: readonly CloudEvent[],
  ): void;
};

/** Events remembered of one subscriber; the oldest are forgotten first. */
const mostRemembered = 20_000;

export function createStoredBy(): StoredBy {
  const stored = new Map<string, Set<string>>();

  function remember(subscriber: string, batch: readonly CloudEvent[]): void {
    const ids = stored.get(subscriber) ?? new Set<string>();
    stored.set(subscriber, ids);
    for (const { id } of batch) ids.add(id);
    for (const id of ids) {
      if (ids.size <= mostRemembered) break;
      ids.delete(id);
    }
  }

  return {
    missing(subscriber, batch) {
      const ids = stored.get(subscriber);
      return ids ? batch.filter(({ id }) => !ids.has(id)) : batch;
    },

    settle(subscribers, outcomes, batch) {
      const isPartial = outcomes.some(({ status }) => status === 'rejected');
      for (const [nth, subscriber] of subscribers.entries()) {
        if (isPartial && outcomes[nth]?.status === 'fulfilled') remember(subscriber, batch);
        if (isPartial) continue;
        const ids = stored.get(subscriber);
        for (const { id } of batch) ids?.delete(id);
        if (ids?.size === 0) stored.delete(subscriber);
      }
    },
  };
}
