import { randomUUID } from 'node:crypto';
import type { Channel, ChannelModel, ConfirmChannel, Options } from 'amqplib';

import { blocked, type Link } from './connection.ts';
import { opened, reply } from './topology.ts';

/** Sends over one channel after another, whichever is open, and waits for the broker's word. */
export type Confirming = {
  /**
   * Declares what the message needs, once a channel, then sends it. Resolves when a majority of the
   * broker's nodes have it on disk, with false when no queue wanted it; then the next message
   * declares again. Rejects when the broker did not take it. When it says nothing for 4 s, all
   * that waits on that channel is rejected, and what is sent later goes over another: a quorum queue
   * that missed one message of a channel keeps back all that follow (`rabbit_fifo`, `out_of_sequence`).
   */
  send(message: Outgoing): Promise<boolean>;
};

export type Outgoing = {
  /** The default exchange, which leads to queues by their names, when empty. */
  readonly exchange: string;
  readonly routingKey: string;
  readonly content: Buffer;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly declare: (channel: Channel) => Promise<void>;
};

/** Messages that the broker has not confirmed; more would only fill our memory. */
const maxUnconfirmed = 256;
/** Less than publishers wait, so that they hear the reason. */
const silenceMs = 4000;

type Waiting = {
  readonly reject: (error: Error) => void;
  isReturned: boolean;
};

/** What lasts as long as one channel. */
type Session = {
  readonly model: ChannelModel;
  readonly channel: ConfirmChannel;
  readonly waiting: Map<string, Waiting>;
  /** By exchange and routing key. */
  readonly declared: Map<string, Promise<void>>;
  /** Leaves the channel for the next to come, and rejects all that waits on it. */
  leave(reason: Error): void;
};

export function createConfirming(link: Link): Confirming {
  let opening: Promise<Session> | undefined;
  let openedOn: ChannelModel | undefined;

  async function session(): Promise<Session> {
    const model = await link.connection();
    if (opening === undefined || openedOn !== model) {
      openedOn = model;
      const begun = openSession(model, () => forget(begun));
      opening = begun;
      begun.catch(() => forget(begun));
    }
    return opening;
  }

  function forget(begun: Promise<Session>): void {
    if (opening === begun) opening = undefined;
  }

  return {
    async send(message) {
      const current = await session();
      await declared(current, message);
      const isRouted = await confirmed(current, message);
      if (!isRouted) current.declared.delete(placeOf(message));
      return isRouted;
    },
  };
}

async function openSession(model: ChannelModel, closed: () => void): Promise<Session> {
  const channel = await opened(model.createConfirmChannel());
  const waiting = new Map<string, Waiting>();
  channel.on('error', () => undefined);
  channel.on('return', ({ properties }) => {
    const returned = waiting.get(properties.messageId);
    if (returned) returned.isReturned = true;
  });
  const refuse = (reason: Error) => {
    for (const { reject } of waiting.values()) reject(reason);
  };
  // What was sent may lie unread until the alarm is over, so there is nothing to wait for.
  const hold = (reason: string) => refuse(blocked(reason));
  model.on('blocked', hold);
  channel.on('close', () => {
    model.off('blocked', hold);
    closed();
  });
  const leave = (reason: Error) => {
    closed();
    refuse(reason);
    channel.close().catch(() => undefined);
  };
  return { model, channel, waiting, declared: new Map(), leave };
}

/** On a channel of its own: the broker answers what it does not like by closing the channel. */
function declared({ model, declared }: Session, message: Outgoing): Promise<void> {
  const place = placeOf(message);
  const known = declared.get(place);
  if (known) return known;
  const declaring = (async () => {
    const channel = await opened(model.createChannel());
    channel.on('error', () => undefined);
    try {
      await message.declare(channel);
    } finally {
      await reply(channel.close()).catch(() => undefined);
    }
  })();
  declared.set(place, declaring);
  declaring.catch(() => declared.delete(place));
  return declaring;
}

function placeOf({ exchange, routingKey }: Outgoing): string {
  return `${exchange} ${routingKey}`;
}

function confirmed(
  { channel, waiting, leave }: Session,
  { exchange, routingKey, content, headers }: Outgoing,
): Promise<boolean> {
  if (waiting.size >= maxUnconfirmed) throw new Error('Too many events await their confirmation.');
  const messageId = randomUUID();
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const sent: Waiting = { reject, isReturned: false };
  const options: Options.Publish = { messageId, mandatory: true, persistent: true, headers };
  // On a channel that has closed meanwhile this throws, and nothing is left that waits.
  channel.publish(exchange, routingKey, content, options, (error) => {
    waiting.delete(messageId);
    clearTimeout(silence);
    if (error) reject(new Error('RabbitMQ did not take the events.', { cause: error }));
    else resolve(!sent.isReturned);
  });
  waiting.set(messageId, sent);
  const isSilent = () =>
    leave(new Error(`RabbitMQ did not confirm a message for ${silenceMs} ms.`));
  const silence = setTimeout(isSilent, silenceMs).unref();
  return promise;
}
