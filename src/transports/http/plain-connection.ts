import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

import { PlainReader, type PlainRequest } from './plain-request.ts';
import type { JsonAnswer } from './request-calls.ts';
import { encodingOf, header, jsonType, line } from './request-wire.ts';
import { RunningCall } from './running-call.ts';

/** Who answers the requests of plain connections. */
export type PlainServer = {
  readonly isLeaving: boolean;
  /** Whether its input and its answer are JSON that fits. */
  takes(request: PlainRequest): boolean;
  /** Never throws. */
  answer(request: PlainRequest, call: RunningCall): Promise<JsonAnswer>;
  left(connection: PlainConnection): void;
};

/** Who says nothing for so long at first is Node's to wait for. */
const firstWordMs = 1000;
/** Longer than the 60 s after which common proxies close what is idle. */
const keptForSeconds = 65;

/**
 * A connection on which whole, usual requests come, one after another: those of `RequestClient`. It
 * serves them at a third of what Node's HTTP costs. Whatever else comes, it leaves to that, unread.
 */
export class PlainConnection {
  readonly #socket: Socket;
  readonly #server: PlainServer;
  readonly #otherwise: () => void;
  readonly #reader = new PlainReader();
  /** What came while a call was running. */
  #waiting: Buffer | undefined;
  #call: RunningCall | undefined;
  #hasServed = false;
  /** The last answer is on its way, and what still comes is for nobody. */
  #hasEnded = false;

  constructor(socket: Socket, server: PlainServer, otherwise: () => void) {
    this.#socket = socket;
    this.#server = server;
    this.#otherwise = otherwise;
    socket.setTimeout(firstWordMs);
    socket.on('data', this.#came).on('end', this.#gone).on('close', this.#gone);
    socket.on('timeout', this.#silent).on('drain', this.#drained).on('error', this.#broke);
  }

  close(): void {
    this.#socket.destroy();
  }

  readonly #came = (chunk: Buffer): void => {
    if (this.#hasEnded) return;
    if (this.#call) {
      // Nothing of the next request is looked at before this one is answered.
      this.#waiting = this.#waiting ? Buffer.concat([this.#waiting, chunk]) : chunk;
      this.#socket.pause();
      return;
    }
    const request = this.#reader.read(chunk);
    if (!request || !this.#server.takes(request)) {
      this.#leave(chunk);
      return;
    }
    if (!this.#hasServed) this.#socket.setTimeout(keptForSeconds * 1000);
    this.#hasServed = true;
    if (request.bytes < chunk.length) this.#waiting = chunk.subarray(request.bytes);
    if (this.#server.isLeaving) this.#send({ status: 503, json: '' }, line(header.notRun, '1'));
    else void this.#run(request);
  };

  readonly #gone = (): void => {
    this.#call?.abort();
    this.#socket.destroy();
    this.#server.left(this);
  };

  readonly #silent = (): void => {
    if (this.#call) return;
    if (!this.#hasServed) this.#leave();
    else this.#socket.destroy();
  };

  readonly #drained = (): void => this.#goOn();

  readonly #broke = (): void => {
    // 'close' follows.
  };

  async #run(request: PlainRequest): Promise<void> {
    const call = new RunningCall(0);
    this.#call = call;
    const answer = await this.#server.answer(request, call);
    this.#call = undefined;
    if (!call.isGone) this.#send(answer);
  }

  #send({ status, json }: JsonAnswer, more = ''): void {
    // Nothing that follows what breaks the rules can be trusted.
    const isLast = this.#server.isLeaving || status === 400;
    const kept = isLast
      ? line('connection', 'close')
      : line('keep-alive', `timeout=${keptForSeconds}`);
    const bytes = Buffer.byteLength(json);
    const sized =
      status === 204 ? '' : line('content-type', jsonType) + line('content-length', `${bytes}`);
    const text = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${sized}${kept}${more}\r\n${json}`;
    const encoding = encodingOf(json, bytes);
    this.#hasEnded = isLast;
    if (isLast) this.#socket.end(text, encoding, () => this.#socket.destroy());
    else if (this.#socket.write(text, encoding)) this.#goOn();
    // Who does not read answers is not asked for questions.
    else this.#socket.pause();
  }

  #goOn(): void {
    if (this.#call || this.#socket.writableNeedDrain) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (this.#socket.isPaused()) this.#socket.resume();
    if (waiting) this.#came(waiting);
  }

  #leave(unread?: Buffer): void {
    const socket = this.#socket;
    socket.off('data', this.#came).off('end', this.#gone).off('close', this.#gone);
    socket.off('timeout', this.#silent).off('drain', this.#drained).off('error', this.#broke);
    socket.setTimeout(0).pause();
    if (unread) socket.unshift(unread);
    this.#server.left(this);
    this.#otherwise();
    socket.resume();
  }
}
