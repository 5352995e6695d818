import { type ChannelModel, connect, type SocketOptions } from 'amqplib';

import type { Logger } from '#kernel/ports/logger';

import { fullJitter, rest, within } from './waiting.ts';

/** A connection that comes back by itself for as long as it is kept. */
export type Link = {
  /**
   * Throws at once when there is no connection, or when the broker reads nothing from it until an
   * alarm (of its memory, its disk) is over; only the first attempt to connect is waited for.
   */
  connection(): Promise<ChannelModel>;
  /** Waits for a connection; undefined when `signal` aborts first. */
  awaitConnection(signal: AbortSignal): Promise<ChannelModel | undefined>;
  close(): Promise<void>;
};

export type LinkOptions = {
  /** `amqp:` or `amqps:`, with user, password and virtual host. */
  readonly url: string;
  /** The broker's silence is noticed after two to three of these. */
  readonly heartbeatSeconds: number;
  readonly log: Logger;
};

const connectTimeoutMs = 4000;
const farewellTimeoutMs = 1000;
const absence = { firstDelayMs: 100, maxDelayMs: 3000 };

type Open = {
  readonly model: ChannelModel;
  readonly lost: Promise<Error | undefined>;
  /** Why the broker reads nothing. */
  blocked: string | undefined;
  end(): void;
};

/** Connects from now on until it is closed, again whenever the connection is lost. */
export function keepConnected(options: LinkOptions): Link {
  return new KeptConnection(options);
}

class KeptConnection implements Link {
  readonly #options: LinkOptions;
  readonly #stopping = new AbortController();
  readonly #firstAttempt = Promise.withResolvers<void>();
  readonly #waiting = new Set<(model: ChannelModel) => void>();
  readonly #running: Promise<void>;
  #current: Open | undefined;
  #lastError: unknown;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  async connection(): Promise<ChannelModel> {
    await this.#firstAttempt.promise;
    const open = this.#current;
    if (!open) throw new Error('There is no connection to RabbitMQ.', { cause: this.#lastError });
    if (open.blocked !== undefined) throw blocked(open.blocked);
    return open.model;
  }

  async awaitConnection(signal: AbortSignal): Promise<ChannelModel | undefined> {
    if (signal.aborted) return undefined;
    if (this.#current) return this.#current.model;
    const { promise, resolve } = Promise.withResolvers<ChannelModel | undefined>();
    const giveUp = () => resolve(undefined);
    this.#waiting.add(resolve);
    signal.addEventListener('abort', giveUp, { once: true });
    return promise.finally(() => {
      this.#waiting.delete(resolve);
      signal.removeEventListener('abort', giveUp);
    });
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    const goodbye = this.#current?.model.close() ?? Promise.resolve();
    await within(farewellTimeoutMs, 'Closing', goodbye).catch(() => undefined);
    this.#current?.end();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted; ) {
      if (await this.#connectOnce()) failures = 0;
      failures += 1;
      const isNews = failures === 1 && !signal.aborted;
      if (isNews) this.#options.log.warn({ err: this.#lastError }, 'RabbitMQ is away');
      await rest(fullJitter(failures, absence), signal);
    }
  }

  /** Ends with the connection, or with the attempt; answers whether there was a connection. */
  async #connectOnce(): Promise<boolean> {
    let opened: Open | undefined;
    try {
      opened = await open(this.#options, this.#stopping.signal);
      this.#current = opened;
      this.#greet(opened.model);
      this.#lastError = await opened.lost;
    } catch (error) {
      this.#lastError = error;
    }
    this.#current = undefined;
    opened?.end();
    this.#firstAttempt.resolve();
    return opened !== undefined;
  }

  #greet(model: ChannelModel): void {
    this.#options.log.info({}, 'connected to RabbitMQ');
    this.#firstAttempt.resolve();
    for (const resolve of this.#waiting) resolve(model);
    this.#waiting.clear();
  }
}

/** Destroys the socket whenever the attempt or the connection ends, however that comes about. */
async function open({ url, heartbeatSeconds }: LinkOptions, stop: AbortSignal): Promise<Open> {
  const ending = new AbortController();
  const signal = AbortSignal.any([stop, ending.signal]);
  const socket: SocketOptions & { signal: AbortSignal } = {
    noDelay: true,
    timeout: connectTimeoutMs,
    signal: ending.signal,
  };
  try {
    const attempt = connect(withHeartbeat(url, heartbeatSeconds), socket);
    const model = await within(connectTimeoutMs, 'Connecting to RabbitMQ', orStop(attempt, signal));
    const opened = watch(model, () => ending.abort());
    await isAlive(model);
    return opened;
  } catch (error) {
    ending.abort();
    throw error;
  }
}

/** A close that the broker sent at once may have come before anybody listened for it. */
async function isAlive(model: ChannelModel): Promise<void> {
  const asking = async () => {
    const channel = await model.createChannel();
    channel.on('error', () => undefined);
    await channel.close();
  };
  await within(connectTimeoutMs, 'The first answer of RabbitMQ', asking());
}

function watch(model: ChannelModel, end: () => void): Open {
  const { promise: lost, resolve } = Promise.withResolvers<Error | undefined>();
  const opened: Open = { model, lost, blocked: undefined, end };
  model.on('error', () => undefined);
  model.on('close', (error?: Error) => resolve(error));
  model.on('blocked', (reason) => {
    opened.blocked = reason;
  });
  model.on('unblocked', () => {
    opened.blocked = undefined;
  });
  return opened;
}

export function blocked(reason: string): Error {
  return new Error(`RabbitMQ takes no events: ${reason}.`);
}

async function orStop<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(new Error('The connection is no longer wanted.'));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, stopped.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function withHeartbeat(text: string, seconds: number): string {
  const url = new URL(text);
  url.searchParams.set('heartbeat', `${seconds}`);
  return url.href;
}
