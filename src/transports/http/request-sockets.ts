import type { AnswerHead } from './answer-head.ts';
import {
  type Keeper,
  type Request,
  RequestConnection,
  type RequestSink,
} from './request-connection.ts';

/** Connections to one instance, each for one request at a time. What was used last is used next. */
export class RequestSockets implements Keeper {
  readonly #url: URL;
  readonly #most: number;
  readonly #connectMs: number;
  readonly #all = new Set<RequestConnection>();
  readonly #free: RequestConnection[] = [];
  /** In the order in which they came. */
  readonly #waiting = new Map<RequestSink, Request>();
  #isClosed = false;

  constructor(url: string, most: number, connectMs: number) {
    this.#url = new URL(url);
    this.#most = most;
    this.#connectMs = connectMs;
  }

  /** Sends the request, now or when a connection is free. */
  send(request: Request, sink: RequestSink): void {
    const connection = this.#take();
    if (connection) {
      connection.send(request, sink);
      return;
    }
    this.#waiting.set(sink, request);
    sink.waits?.(() => this.#waiting.delete(sink));
  }

  /** The body of the answer to a GET, on a new connection. Throws when it is not answered with 200. */
  get(path: string, headers: string, signal: AbortSignal, mostBytes: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const alone: Keeper = { free: (one) => one.retire(), gone: () => undefined };
      const connection = new RequestConnection(this.#url, this.#connectMs, alone);
      signal.addEventListener('abort', () => connection.abort(signal.reason), { once: true });
      const sink = new TextSink(mostBytes, resolve, reject);
      connection.send({ method: 'GET', path, headers, body: undefined }, sink);
    });
  }

  /** Takes no more, and lets go of the connections when nothing is under way on them. */
  retire(): void {
    this.#isClosed = true;
    for (const connection of this.#all) connection.retire();
  }

  destroy(why: string): void {
    this.#isClosed = true;
    const error = new Error(why);
    for (const connection of this.#all) connection.abort(error);
    for (let next = this.#next(); next; next = this.#next()) next.sink.failed(error);
  }

  free(connection: RequestConnection): void {
    const next = this.#next();
    if (next) connection.send(next.request, next.sink);
    else this.#free.push(connection);
  }

  gone(connection: RequestConnection): void {
    this.#all.delete(connection);
    const at = this.#free.indexOf(connection);
    if (at !== -1) this.#free.splice(at, 1);
    const next = this.#isClosed ? undefined : this.#next();
    if (next) this.send(next.request, next.sink);
  }

  /** Who has waited the longest. */
  #next(): { readonly request: Request; readonly sink: RequestSink } | undefined {
    const [first] = this.#waiting;
    if (!first) return undefined;
    const [sink, request] = first;
    this.#waiting.delete(sink);
    return { request, sink };
  }

  #take(): RequestConnection | undefined {
    for (let free = this.#free.pop(); free; free = this.#free.pop()) {
      if (free.isUsable) return free;
      free.retire();
    }
    if (this.#all.size >= this.#most) return undefined;
    const connection = new RequestConnection(this.#url, this.#connectMs, this);
    this.#all.add(connection);
    return connection;
  }
}

/** Takes an answer of 200 and its text. */
class TextSink implements RequestSink {
  readonly #mostBytes: number;
  readonly #resolve: (text: string) => void;
  readonly #reject: (error: Error) => void;
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(mostBytes: number, resolve: (text: string) => void, reject: (error: Error) => void) {
    this.#mostBytes = mostBytes;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begins(): boolean {
    return true;
  }

  head({ status }: AnswerHead): void {
    if (status !== 200) throw new Error(`it answered ${status}`);
  }

  data(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.#mostBytes) throw new Error('its answer is too long');
    this.#chunks.push(chunk);
  }

  end(): void {
    this.#resolve(Buffer.concat(this.#chunks).toString('utf8'));
  }

  failed(error: Error): void {
    this.#reject(error);
  }
}
