import type {
  CloudEvent,
  EventHistory,
  EventTransport,
  Receive,
} from '#kernel/ports/event-transport';

/** The instances of one subscriber in this process: they take turns. */
type Instances = { readonly receives: Receive[]; next: number };

/**
 * Carries events within a process: `publish` resolves when every subscriber has stored the batch. What
 * was published before somebody subscribed they find in the owner's history.
 */
export function inProcessEvents(): EventTransport {
  const subscribers = new Map<string, Map<string, Instances>>();
  const histories = new Map<string, EventHistory>();
  let closed = false;

  return {
    name: 'in-process',

    async publish(source, batch) {
      if (closed) throw new Error('The in-process events are closed.');
      const instances = [...(subscribers.get(source)?.values() ?? [])];
      const deliveries = instances.map((one) => deliver(one, batch));
      const failed = (await Promise.allSettled(deliveries)).filter(isRejected);
      if (failed.length > 0) throw failed[0]?.reason;
    },

    async subscribe(subscriber, source, receive) {
      const ofSource = subscribers.get(source) ?? new Map<string, Instances>();
      subscribers.set(source, ofSource);
      const instances = ofSource.get(subscriber) ?? { receives: [], next: 0 };
      ofSource.set(subscriber, instances);
      instances.receives.push(receive);
    },

    serveHistory(source, history) {
      histories.set(source, history);
    },

    history: (source) => ({
      ofSubject: async (...asked) => served(source).ofSubject(...asked),
      after: async (...asked) => served(source).after(...asked),
    }),

    async close() {
      closed = true;
      subscribers.clear();
    },
  };

  function served(source: string): EventHistory {
    const history = histories.get(source);
    if (!history) throw new Error(`Nobody in this process serves the history of ${source}.`);
    return history;
  }
}

/** To the next instance in turn; to another one when that can't store it. */
async function deliver(instances: Instances, batch: readonly CloudEvent[]): Promise<void> {
  const { receives } = instances;
  const first = instances.next++ % receives.length;
  for (let tried = 1; ; tried += 1) {
    const receive = receives[(first + tried - 1) % receives.length] as Receive;
    try {
      return await receive(batch);
    } catch (error) {
      if (tried >= receives.length) throw error;
    }
  }
}

function isRejected(result: PromiseSettledResult<void>): result is PromiseRejectedResult {
  return result.status === 'rejected';
}
