import type { Channel, ChannelModel } from 'amqplib';

import type { Logger } from '#kernel/ports/logger';

import type { Link } from './connection.ts';
import type { Deliver } from './delivery.ts';
import { opened, reply } from './topology.ts';
import { fullJitter, rest, within } from './waiting.ts';
import { watch } from './watchdog.ts';

export type ConsumerOptions = {
  readonly queue: string;
  readonly link: Link;
  readonly declare: (channel: Channel) => Promise<void>;
  /** Binds the queue, which must be there, if it is bound to anything. */
  readonly bind?: (channel: Channel) => Promise<void>;
  readonly deliver: Deliver;
  readonly log: Logger;
};

/** Hears one queue until it is stopped, through every loss of the broker. */
export type Consumer = {
  /** Takes no more, and resolves when what was being received has been settled. */
  stop(): Promise<void>;
};

/** Messages that one consumer holds; each may be a batch of hundreds of events. */
const prefetch = 8;
/** An instance that fails so often in a row gives everything back and pauses: others may be able to. */
const refusedInARow = 3;
const recovery = { firstDelayMs: 100, maxDelayMs: 3000 };
const interruption = { firstDelayMs: 50, maxDelayMs: 3000 };
const startTimeoutMs = 4000;
const stopTimeoutMs = 10_000;
const stopped = 'stopped';
const failing = 'its events cannot be stored';
const farewellTimeoutMs = 1000;

type Session = {
  /** Resolves with a reason when nothing more comes. */
  readonly ended: Promise<string>;
  end(reason: string): void;
  /** Waits for what is being received, then gives back what nobody began. */
  close(): Promise<void>;
};

/** What a consumer's sessions know of each other. */
type Course = {
  /** Receives in a row that failed. */
  refused: number;
  /** Sessions in a row that ended because of that. */
  failed: number;
};

/** Resolves when the broker has promised to bring the events; throws when it can't be asked. */
export async function startConsumer(options: ConsumerOptions): Promise<Consumer> {
  const { queue, log } = options;
  const stopping = new AbortController();
  const course: Course = { refused: 0, failed: 0 };
  let current: Session | undefined = await firstSession(options, course);
  const running = hear();

  async function hear(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; ) {
      try {
        current ??= await openNext(options, course, stopping.signal);
        if (!current) return;
        // It was stopped while this one was being opened, and is heard no more.
        if (stopping.signal.aborted) current.end(stopped);
        failures = 0;
        const reason = await current.ended;
        await current.close();
        if (reason === failing) course.failed += 1;
        log[reason === stopped ? 'debug' : 'warn']({ queue, reason }, 'hearing was interrupted');
      } catch (error) {
        log.warn({ err: error, queue }, 'events cannot be heard');
      }
      current = undefined;
      failures += 1;
      await rest(pauseMs(failures, course), stopping.signal);
    }
  }

  return {
    async stop() {
      stopping.abort();
      current?.end(stopped);
      await within(stopTimeoutMs, 'Receiving', running).catch(() => undefined);
    },
  };
}

/**
 * Instances that start together make the queue together, and whoever consumes while it is being made
 * has the whole connection broken off (RabbitMQ 3.10, `INTERNAL_ERROR`), so it is asked again.
 */
async function firstSession(options: ConsumerOptions, course: Course): Promise<Session> {
  const over = AbortSignal.timeout(startTimeoutMs);
  let connection: ChannelModel | undefined = await options.link.connection();
  for (let failures = 1; connection; failures += 1) {
    try {
      return await openSession(options, connection, course);
    } catch (error) {
      await rest(fullJitter(failures, interruption), over);
      if (over.aborted) throw error;
      connection = await options.link.awaitConnection(over);
    }
  }
  throw new Error('The connection to RabbitMQ was lost.');
}

async function openNext(
  options: ConsumerOptions,
  course: Course,
  signal: AbortSignal,
): Promise<Session | undefined> {
  const connection = await options.link.awaitConnection(signal);
  return connection && openSession(options, connection, course);
}

function pauseMs(failures: number, { failed }: Course): number {
  return failed > 0 ? fullJitter(failed, recovery) : fullJitter(failures, interruption);
}

/** A channel of its own: what closes it interrupts no other subscription. */
async function openSession(
  options: ConsumerOptions,
  connection: ChannelModel,
  course: Course,
): Promise<Session> {
  const { declare, queue, bind = async () => undefined } = options;
  const channel = await opened(connection.createChannel());
  const { promise: ended, resolve: end } = Promise.withResolvers<string>();
  const intake: Intake = { arrived: 0, inWork: new Set() };
  channel.on('error', (error) => end(error.message));
  channel.on('close', () => end('the channel was closed'));
  try {
    await declare(channel);
    await reply(channel.prefetch(prefetch));
    await consume(options, channel, { ended, end, intake }, course);
  } catch (error) {
    await closeSession(channel, intake);
    throw error;
  }
  const [arrived, inWork] = [() => intake.arrived, () => intake.inWork.size];
  void watch({ queue, channel, ended, end, arrived, inWork, bind });
  return { ended, end, close: () => closeSession(channel, intake) };
}

type Intake = {
  /** Messages so far. */
  arrived: number;
  readonly inWork: Set<Promise<void>>;
};

async function consume(
  { queue, deliver }: ConsumerOptions,
  channel: Channel,
  { ended, end, intake }: Pick<Session, 'ended' | 'end'> & { readonly intake: Intake },
  course: Course,
): Promise<void> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  const consuming = channel.consume(queue, (message) => {
    if (message === null) return end('the queue was deleted');
    // What comes after the end is left alone: it goes back when the channel closes.
    if (isOver) return;
    intake.arrived += 1;
    const delivered = deliver(channel, message).then((isSettled) => {
      intake.inWork.delete(delivered);
      course.refused = isSettled ? 0 : course.refused + 1;
      if (isSettled) course.failed = 0;
      if (course.refused >= refusedInARow) end(failing);
    });
    intake.inWork.add(delivered);
  });
  await reply(consuming);
}

async function closeSession(channel: Channel, { inWork }: Intake): Promise<void> {
  await Promise.all(inWork);
  await within(farewellTimeoutMs, 'Closing', channel.close()).catch(() => undefined);
}
