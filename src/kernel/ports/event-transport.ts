/** CloudEvents 1.0, as every wire carries it and every outbox and inbox stores it. */
export type CloudEvent = {
  readonly specversion: '1.0';
  /** UUIDv7, made in the publishing transaction. */
  readonly id: string;
  /** The contract that published it: `orders`. */
  readonly source: string;
  /** `orders.orderCompleted`. */
  readonly type: string;
  /** The ordering key: the id of the aggregate. */
  readonly subject: string;
  /** Its place in its subject, from 1, without gaps. */
  readonly sequence: number;
  /** ISO 8601 UTC. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** W3C trace context of the change. */
  readonly traceparent: string;
  readonly data: unknown;
};

/** Stores a batch durably, then resolves. It may get any event again, late or out of order. */
export type Receive = (batch: readonly CloudEvent[]) => Promise<void>;

/**
 * How `publish` rejects when some subscribers have stored the batch and others could not. The way is
 * open: what is published next need not wait for them.
 */
export type PartlyPublished = Error & { readonly isPartly: true };

/**
 * Carries events and does nothing else: order, dedupe, retries and parking are the inbox's.
 * At least once: `publish` resolves only when the batch can no longer be lost on its way to every
 * subscriber; on any doubt it rejects, and the relay publishes again.
 */
export type EventCarrier = {
  readonly name: string;
  publish(source: string, batch: readonly CloudEvent[]): Promise<void>;
  /** Hears all events of `source`. Competing instances of one `subscriber` share them. */
  subscribe(subscriber: string, source: string, receive: Receive): Promise<void>;
  /** Hears no more, and resolves when what was being received has been stored or refused. */
  close(): Promise<void>;
};

/** Where missing events are asked for: the owner's retained outbox, never a broker. */
export type EventHistories = {
  serveHistory(source: string, history: EventHistory): void;
  history(source: string): EventHistory;
};

/** What carries a host's events, and where it asks for those that are missing. */
export type EventTransport = EventCarrier & EventHistories;

/** Who hears a source, by the manifests: a carrier that has to know its receivers asks this. */
export type HearersOf = (source: string) => readonly string[];

export type EventHistory = {
  /** Events of one subject from `fromSequence` on, at most `limit`, oldest first. */
  ofSubject(subject: string, fromSequence: number, limit: number): Promise<readonly CloudEvent[]>;
  /**
   * Every retained event after `position`, published or not, in an order that keeps that of each
   * subject; `position` starts at 0. All that was committed before it was asked stands there.
   */
  after(
    position: number,
    limit: number,
  ): Promise<{ readonly events: readonly CloudEvent[]; readonly position: number }>;
};
