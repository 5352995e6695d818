import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

import { newTrace } from '../calls/context.ts';
import { urlHost } from '../url-host.ts';
import { limitBodyTime } from './body-time.ts';
import { answerBrokenRequest, endWithProblem } from './broken-request.ts';
import { type ConnectionListener, ServerWithConnections } from './connections.ts';
import { type Asked, listenProblem } from './listen-problem.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { hasOneHost } from './one-host.ts';
import { UnreadAnswers, type UnreadLimits } from './unread-answers.ts';

/** What a connection may cost. Every one of them ends what it limits. */
export type ListenerLimits = UnreadLimits & {
  /** From the first byte of a request to the end of its headers. */
  readonly headersTimeoutMs: number;
  /** From the end of a request's headers to the end of its body. */
  readonly requestTimeoutMs: number;
  /** The same for an upload: 20 MiB in this time is what a slow line at home can send. */
  readonly uploadTimeoutMs: number;
  /** An idle connection; longer than the 60 s after which common proxies close theirs. */
  readonly keepAliveTimeoutMs: number;
  /** A connection on which nothing moves while an answer is due. */
  readonly stalledTimeoutMs: number;
  readonly connections: number;
  readonly connectionsPerAddress: number;
};

const defaultListenerLimits: ListenerLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  uploadTimeoutMs: 300_000,
  keepAliveTimeoutMs: 65_000,
  stalledTimeoutMs: 90_000,
  connections: 10_000,
  connectionsPerAddress: 1_000,
  unreadBytes: 256 * 2 ** 20,
  unreadMs: 5_000,
};

/** How the ending of a listener is paced. */
export type DrainTimes = {
  /** How long new requests are still served, so that whoever sends them can find out and go elsewhere. */
  readonly lingerMs?: number;
  /** How long what runs after that has before it is cut off. */
  readonly deadlineMs?: number;
};

type ListenerOptions = Asked & {
  readonly limits?: Partial<ListenerLimits> | undefined;
  /** Addresses behind which many clients stand: they are not held to `connectionsPerAddress`. */
  readonly isProxy?: (address: string) => boolean;
  /** The handler tells itself who waits for it to send their body (`expect: 100-continue`). */
  readonly asksForBodies?: boolean;
};

/** What becomes of a connection that wants to speak something else than HTTP from now on. */
export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** An HTTP/1.1 server with a life: it listens, and it ends without failing who is being served. */
export class HttpListener {
  /** Aborted when draining begins: streams end then, so that their clients reconnect elsewhere. */
  readonly stopping: AbortSignal;
  readonly #stop = new AbortController();
  readonly #server: ServerWithConnections;
  readonly #options: ListenerOptions;
  readonly #limits: ListenerLimits;
  readonly #running = new Set<ServerResponse>();
  readonly #unread: UnreadAnswers;
  readonly #upgraded = new Set<Socket>();
  /** Connections that are not Node's, or not yet. */
  readonly #taken = new Set<Socket>();
  readonly #perAddress = new Map<string, number>();

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#limits = { ...defaultListenerLimits, ...options.limits };
    this.stopping = this.#stop.signal;
    this.#server = makeServer(this.#limits);
    this.#unread = new UnreadAnswers(this.#limits);
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      const begun = [...this.#running].some((one) => one.socket === socket && one.headersSent);
      answerBrokenRequest(error, socket, begun);
    });
  }

  /**
   * Serves `handler`; without `upgrade`, whoever asks for another protocol is answered in this one.
   * Throws a `StartError` when the port or the address can't be had.
   */
  async listen(
    handler: RequestListener,
    upgrade?: UpgradeListener,
    connection: ConnectionListener = (_socket, otherwise) => otherwise(),
  ): Promise<{ url: string; port: number }> {
    const { port, bind } = this.#options;
    this.#server.first = (socket, otherwise) => {
      if (!this.#admits(socket)) return;
      this.#taken.add(socket);
      const left = () => this.#taken.delete(socket);
      socket.once('close', left);
      connection(socket, () => {
        left();
        otherwise();
      });
    };
    if (upgrade) {
      this.#server.on('upgrade', (request, socket: Socket, head) => {
        this.#trackUpgraded(socket);
        if (this.stopping.aborted) socket.destroy();
        else upgrade(request, socket, head);
      });
    }
    const serve = oneAtATime((request, response) => {
      const { socket } = request;
      if (!hasOneHost(request)) {
        this.#server.emit('clientError', new Error('Not one host.'), socket);
        return;
      }
      this.#track(response);
      limitBodyTime(request, this.#limits.requestTimeoutMs, () => {
        const error = Object.assign(new Error(), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
        this.#server.emit('clientError', error, socket);
      });
      handler(request, response);
    });
    this.#server.on('request', serve);
    if (this.#options.asksForBodies) this.#server.on('checkContinue', serve);
    // Other expectations may be passed over (RFC 9110, section 10.1.1).
    this.#server.on('checkExpectation', serve);
    this.#server.on('connect', (_request, socket) =>
      endWithProblem(socket, 405, 'method_not_allowed', newTrace().traceId),
    );
    this.#unread.watch(this.#running);
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) =>
        reject(listenProblem(error, this.#options)),
      );
      this.#server.listen({ port, host: bind }, resolve);
    });
    const actual = (this.#server.address() as AddressInfo).port;
    return { url: `http://${urlHost(bind)}:${actual}`, port: actual };
  }

  get connections(): number {
    return [...this.#perAddress.values()].reduce((sum, count) => sum + count, 0);
  }

  /**
   * Stops: streams and upgraded connections are closed, and every answer asks to close its connection.
   * After `lingerMs` nobody can connect any more; what still runs has `deadlineMs`, and is cut off.
   */
  async drain({ lingerMs = 0, deadlineMs = 10_000 }: DrainTimes = {}): Promise<void> {
    if (!this.#server.listening || this.stopping.aborted) return;
    this.#stop.abort();
    for (const response of this.#running) askToClose(response);
    for (const socket of this.#upgraded) socket.destroySoon();
    // Also with no connection at all: who has not seen it yet may be about to make one.
    await pause(lingerMs);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    // As Node has just done with those of its own that are idle.
    for (const socket of this.#taken) socket.destroySoon();
    const late = new AbortController();
    const cutOff = pause(deadlineMs, undefined, late)
      .then(() => this.#cutOff())
      .catch(() => undefined);
    await closed;
    late.abort();
    await cutOff;
    this.#unread.stop();
  }

  #cutOff(): void {
    this.#server.closeAllConnections();
    for (const socket of [...this.#upgraded, ...this.#taken]) socket.destroy();
  }

  /** Whoever speaks another protocol finds out by its own heartbeats that nothing moves. */
  #trackUpgraded(socket: Socket): void {
    socket.setTimeout(0);
    // A connection that is reset in the moment between two owners must not end the process.
    socket.on('error', () => undefined);
    this.#upgraded.add(socket);
    socket.once('close', () => this.#upgraded.delete(socket));
  }

  #track(response: ServerResponse): void {
    this.#running.add(response);
    if (this.stopping.aborted) askToClose(response);
    response.once('close', () => {
      this.#running.delete(response);
      // An answer begun before the drain promised to keep its connection; nobody else closes it.
      if (this.stopping.aborted) setImmediate(() => this.#server.closeIdleConnections());
    });
  }

  #admits(socket: Socket): boolean {
    const address = socket.remoteAddress;
    // It has gone already; whoever has it hears so.
    if (address === undefined) return true;
    const count = (this.#perAddress.get(address) ?? 0) + 1;
    const { isProxy } = this.#options;
    if (count > this.#limits.connectionsPerAddress && !isProxy?.(address)) {
      socket.destroy();
      return false;
    }
    this.#perAddress.set(address, count);
    socket.once('close', () => {
      const left = (this.#perAddress.get(address) ?? 1) - 1;
      if (left > 0) this.#perAddress.set(address, left);
      else this.#perAddress.delete(address);
    });
    return true;
  }
}

function makeServer(limits: ListenerLimits): ServerWithConnections {
  const server = new ServerWithConnections({
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: Math.max(limits.requestTimeoutMs, limits.uploadTimeoutMs),
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    // A client that has vanished holds no stream for long: the system asks for it.
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    // Timeouts are found this late at most.
    connectionsCheckingInterval: Math.min(1_000, Math.ceil(limits.headersTimeoutMs / 4)),
    // Never lenient: what two parsers read differently is how requests are smuggled.
    insecureHTTPParser: false,
    // It is required, and refused in our own words.
    requireHostHeader: false,
  });
  server.timeout = limits.stalledTimeoutMs;
  server.maxConnections = limits.connections;
  return server;
}

function askToClose(response: ServerResponse): void {
  if (!response.headersSent) response.shouldKeepAlive = false;
}
