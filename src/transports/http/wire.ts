import type { Duplex } from 'node:stream';

import type { Logger } from '#kernel/ports/logger';

import { FrameWriter } from './frame-writer.ts';
import { FrameReader } from './frames.ts';
import { envelopeBytes, type HttpLimits, unprovenFrameBytes } from './limits.ts';
import { type Message, op, ProtocolBroken } from './messages.ts';

type WireGround = { readonly limits: HttpLimits; readonly log: Logger };

export type WireSide = {
  message(message: Message): void;
  bytes(id: number, chunk: Buffer): void;
  /** Twice a beat: time for what is done now and then. */
  beat(): void;
  /** Once: the connection is gone, and nothing more will come. */
  gone(why: string): void;
};

/** One connection after its upgrade: frames in both directions, and a watch over its life. */
export class Wire {
  readonly #socket: Duplex;
  readonly #side: WireSide;
  readonly #limits: HttpLimits;
  readonly #log: Logger;
  readonly #reader: FrameReader;
  readonly #writer: FrameWriter;
  readonly #beating: NodeJS.Timeout;
  #heardAt = performance.now();
  #beatAt = performance.now();
  /** Since the last beat. */
  #hasSpoken = false;
  #isGone = false;

  constructor(socket: Duplex, head: Buffer, { limits, log }: WireGround, side: WireSide) {
    this.#socket = socket;
    this.#side = side;
    this.#limits = limits;
    this.#log = log;
    const message = (one: Message) => this.#message(one);
    this.#reader = new FrameReader({ message, bytes: side.bytes.bind(side) }, unprovenFrameBytes);
    this.#writer = new FrameWriter(socket);
    if ('setNoDelay' in socket) (socket as import('node:net').Socket).setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('drain', () => this.#drained());
    socket.on('error', (error) => this.#end(error.message));
    socket.on('close', () => this.#end('the connection was closed'));
    // A peer that only half closes has nothing more to say, and nothing to hear.
    socket.on('end', () => this.close('the connection was closed'));
    this.#beating = setInterval(() => this.#beat(), limits.beatMs / 2);
    this.#beating.unref();
    if (head.length > 0) process.nextTick(() => this.#read(head));
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** So much waits to be sent that no more should be asked. */
  get isFull(): boolean {
    return this.#socket.writableLength > this.#limits.waitingBytes;
  }

  /** The peer is known: it may send whole payloads. */
  trust(): void {
    this.#reader.mostBytes = this.#limits.payloadBytes + envelopeBytes;
  }

  /** A message as JSON. Those of one turn leave together. */
  send(message: string): void {
    this.#hasSpoken = true;
    this.#writer.send(message);
  }

  /** Sends now what waits. */
  flush(): void {
    this.#writer.flush();
  }

  sendBytes(id: number, chunk: Uint8Array): void {
    this.#hasSpoken = true;
    this.#writer.sendBytes(id, chunk);
  }

  /** Sends what waits, and ends. */
  close(why: string): void {
    if (this.#isGone) return;
    this.#writer.flush();
    this.#socket.end();
    this.#end(why);
    // A peer that does not close its half within a beat is not waited for.
    setTimeout(() => this.#socket.destroy(), this.#limits.beatMs).unref();
  }

  destroy(why: string): void {
    this.#socket.destroy();
    this.#end(why);
  }

  #end(why: string): void {
    if (this.#isGone) return;
    this.#isGone = true;
    clearInterval(this.#beating);
    this.#side.gone(why);
  }

  #read(chunk: Buffer): void {
    if (this.#isGone) return;
    this.#heardAt = performance.now();
    try {
      this.#reader.push(chunk);
    } catch (error) {
      // A bug of ours that a peer has found costs that peer its connection, and not all others theirs.
      if (!(error instanceof ProtocolBroken)) this.#log.error({ err: error }, 'a message broke us');
      this.destroy(`the peer broke the protocol: ${(error as Error).message}`);
      return;
    }
    // Who does not read answers is not asked for more questions.
    if (this.isFull) this.#socket.pause();
  }

  #drained(): void {
    this.#heardAt = performance.now();
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  #message(message: Message): void {
    if (this.#isGone) return;
    if (message[0] === op.ping) this.send(`[${op.pong}]`);
    else if (message[0] !== op.pong) this.#side.message(message);
  }

  #beat(): void {
    const { beatMs } = this.#limits;
    const now = performance.now();
    const isLate = now - this.#beatAt > beatMs;
    this.#beatAt = now;
    // This process stood still: what has come meanwhile is still to be read.
    if (isLate) this.#heardAt = now;
    const silentMs = now - this.#heardAt;
    if (silentMs >= 2 * beatMs) {
      this.destroy(`no sign of life for ${Math.round(silentMs)} ms`);
      return;
    }
    if (silentMs >= beatMs / 2) this.send(`[${op.ping}]`);
    // Unasked too: the question of a peer that has much to send stands behind all of that.
    else if (!this.#hasSpoken) this.send(`[${op.pong}]`);
    this.#hasSpoken = false;
    this.#side.beat();
  }
}
