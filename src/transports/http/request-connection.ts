import { connect, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { connect as connectTls } from 'node:tls';

import type { AnswerHead } from './answer-head.ts';
import { AnswerReader, type AnswerSink } from './answer-reader.ts';
import { ChunkedBody } from './chunked-body.ts';
import { encodingOf } from './request-wire.ts';

export type Request = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Lines of headers, each with its end. Whoever makes them sees to it that no value can break out. */
  readonly headers: string;
  /** A text is sent with its length, a stream in chunks and when the server wants it. */
  readonly body: string | Readable | undefined;
};

/** What can be told to wait, or to end, while it is under way. */
export type Exchange = { pause(): void; resume(): void; abort(error: Error): void };

/** Hears what becomes of a request. `end` or `failed` is the last word. */
export type RequestSink = AnswerSink & {
  /** There is a connection. Answers false when nobody waits any more: then nothing is sent. */
  begins(exchange: Exchange): boolean;
  /** There is none yet. `leave` gives up the place in the line; then nothing more is heard. */
  waits?(leave: () => void): void;
  failed(error: Error): void;
};

/** Who keeps connections. */
export type Keeper = {
  /** The connection takes another request. */
  free(connection: RequestConnection): void;
  gone(connection: RequestConnection): void;
};

/** Used when a server says nothing of how long it keeps what is idle. */
const idleMs = 4000;
/** What is about to be closed at the other end is not used any more. */
const beforeIdleEndMs = 1000;

/** One connection of HTTP/1.1 that is kept, for one request at a time. */
export class RequestConnection implements Exchange, AnswerSink {
  readonly #socket: Socket;
  readonly #host: string;
  readonly #keeper: Keeper;
  readonly #reader = new AnswerReader();
  #request: Request | undefined;
  #sink: RequestSink | undefined;
  #body: ChunkedBody | undefined;
  #isConnected = false;
  #isGone = false;
  #isRetiring = false;
  #keptForMs = idleMs;
  #freeSince = 0;

  constructor(url: URL, connectMs: number, keeper: Keeper) {
    this.#host = url.host;
    this.#keeper = keeper;
    const read = (chunk: Buffer) => this.#read(chunk);
    this.#socket = openSocket(url, () => this.#connected(), read);
    const late = new Error(`no connection within ${connectMs} ms`);
    const timer = setTimeout(() => this.abort(late), connectMs);
    this.#socket
      .once(connectedBy(url), () => clearTimeout(timer))
      .on('drain', () => this.#body?.goOn())
      .on('end', () => this.#reader.closed())
      .on('error', (error) => this.#end(error))
      .on('close', () => {
        clearTimeout(timer);
        this.#end(new Error('the connection was closed'));
      });
  }

  /** It is free, and the server is likely to keep it for long enough. */
  get isUsable(): boolean {
    return !this.#isGone && performance.now() - this.#freeSince < this.#keptForMs;
  }

  /** Sends the request as soon as the connection is open. Only what is new or free takes one. */
  send(request: Request, sink: RequestSink): void {
    this.#request = request;
    this.#sink = sink;
    if (this.#isConnected) this.#begin();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  abort(error: Error): void {
    this.#socket.destroy();
    this.#end(error);
  }

  /** Ends when nothing is under way. */
  retire(): void {
    this.#isRetiring = true;
    if (!this.#sink) this.#socket.destroy();
  }

  goOn(): void {
    this.#body?.begin();
  }

  head(head: AnswerHead): void {
    const [, seconds] = /timeout=(\d{1,6})/.exec(head.headers.get('keep-alive') ?? '') ?? [];
    if (seconds) this.#keptForMs = Number(seconds) * 1000 - beforeIdleEndMs;
    this.#sink?.head(head);
  }

  data(chunk: Buffer): void {
    this.#sink?.data(chunk);
  }

  end(): void {
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.end();
    this.#release();
  }

  #connected(): void {
    this.#isConnected = true;
    if (this.#request) this.#begin();
  }

  #begin(): void {
    const { method, path, headers, body } = this.#request as Request;
    this.#request = undefined;
    if (!this.#sink?.begins(this)) {
      this.#sink = undefined;
      this.#release();
      return;
    }
    this.#reader.expect(this);
    const start = `${method} ${path} HTTP/1.1\r\nhost: ${this.#host}\r\n${headers}`;
    if (body === undefined) this.#socket.write(`${start}\r\n`);
    else if (typeof body === 'string') {
      const length = Buffer.byteLength(body);
      // In one piece, so that it is one write and mostly one packet.
      const text = `${start}content-length: ${length}\r\n\r\n${body}`;
      this.#socket.write(text, encodingOf(body, length));
    } else {
      this.#socket.write(`${start}transfer-encoding: chunked\r\nexpect: 100-continue\r\n\r\n`);
      this.#body = new ChunkedBody(body, this.#socket);
    }
  }

  #read(chunk: Buffer): void {
    try {
      this.#reader.push(chunk);
    } catch (error) {
      this.abort(error as Error);
    }
  }

  #release(): void {
    const isSent = this.#body?.isSent ?? true;
    this.#body?.leave();
    this.#body = undefined;
    if (!isSent || !this.#reader.mayGoOn || this.#isRetiring || this.#isGone) {
      this.#socket.destroy();
      return;
    }
    if (this.#socket.isPaused()) this.#socket.resume();
    this.#freeSince = performance.now();
    this.#keeper.free(this);
  }

  #end(error: Error): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#keeper.gone(this);
    this.#body?.leave();
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.failed(error);
  }
}

/** A quiet flow on a connection that somebody between has forgotten ends after so long, and ten seconds. */
const watched = { keepAlive: true, keepAliveInitialDelay: 5000 };

/** What one read can bring; every connection is read in turn, and keeps nothing in it. */
const inbound = new Uint8Array(64 * 1024);

function openSocket(url: URL, connected: () => void, read: (chunk: Buffer) => void): Socket {
  const { hostname, port } = url;
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (url.protocol === 'https:') {
    const options = { host, port: Number(port || 443), ALPNProtocols: ['http/1.1'], ...watched };
    const socket = connectTls({ ...options, servername: host }, connected).on('data', read);
    return socket.setNoDelay(true);
  }
  // Past the stream, and without a buffer of 64 KiB for each read: a fifth of what an answer costs.
  const onread = {
    buffer: inbound,
    callback(length: number, bytes: Uint8Array) {
      read(Buffer.from(bytes.subarray(0, length)));
      return true;
    },
  };
  return connect({ host, port: Number(port || 80), noDelay: true, onread, ...watched }, connected);
}

function connectedBy({ protocol }: URL): string {
  return protocol === 'https:' ? 'secureConnect' : 'connect';
}
