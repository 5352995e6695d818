import type { Channel } from 'amqplib';

import { reply } from './topology.ts';
import { rest } from './waiting.ts';

/** What is watched of a consumer. */
export type Hearing = {
  readonly queue: string;
  readonly channel: Channel;
  readonly ended: Promise<string>;
  end(reason: string): void;
  /** How many messages have come so far, and how many of them are in work. */
  arrived(): number;
  inWork(): number;
  /** Binds the queue once more: a binding can be removed while all else stays. */
  bind(channel: Channel): Promise<void>;
};

/** How long nothing comes before the broker is asked, and how soon it is asked again in doubt. */
const quietMs = 5000;
const doubtMs = 1000;

/**
 * Ends a consumer that is idle though messages wait for it, seen twice in a row, and one whose queue
 * is not there. RabbitMQ 3.10 can forget to tell a consumer that its quorum queue was deleted (one in
 * four, when messages were in work), and what it acknowledged then: it goes on waiting for
 * those acknowledgements, and brings no more to this channel for ever. What is idle is bound again: of a
 * binding that somebody has removed neither end is told, as long as another queue takes the events.
 */
export async function watch(hearing: Hearing): Promise<void> {
  const over = new AbortController();
  void hearing.ended.then(() => over.abort());
  let arrived = -1;
  let doubt: string | undefined;
  while (!over.signal.aborted) {
    const isQuiet = hearing.arrived() === arrived && hearing.inWork() === 0;
    const found = isQuiet ? await doubtAbout(hearing) : undefined;
    if (found && doubt && hearing.arrived() === arrived) return hearing.end(found);
    doubt = found;
    arrived = hearing.arrived();
    await rest(doubt ? doubtMs : quietMs, over.signal);
  }
}

/** A queue that is not there ends the channel; one without a leader is told as empty. */
async function doubtAbout({ queue, channel, bind }: Hearing): Promise<string | undefined> {
  try {
    const { messageCount } = await reply(channel.checkQueue(queue));
    await bind(channel);
    return messageCount > 0 ? `nothing comes, though ${messageCount} messages wait` : undefined;
  } catch (error) {
    return String(error);
  }
}
