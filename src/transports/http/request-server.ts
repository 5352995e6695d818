import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { Download } from '#kernel/ports/bytes';
import type { Peer } from '#kernel/ports/trust';

import type { Kind } from './asked.ts';
import { isNonce, newNonce } from './dial.ts';
import { envelopeBytes } from './limits.ts';
import { PlainConnection, type PlainServer } from './plain-connection.ts';
import type { PlainRequest } from './plain-request.ts';
import { tooLarge } from './refusals.ts';
import { readBody } from './request-body.ts';
import {
  answerWith,
  askedOf,
  failureOf,
  type JsonAnswer,
  namesIn,
  openCall,
  proven,
} from './request-calls.ts';
import { answerWithDownload, answerWithItems, readUpload } from './request-frames.ts';
import {
  asksPath,
  callsPath,
  header,
  helloPath,
  jsonType,
  type RequestHead,
} from './request-wire.ts';
import { RunningCall } from './running-call.ts';
import { greetingFor, type Serving } from './served.ts';
import { parsePeerJson } from './wire-json.ts';

/** Serves what comes as a request of its own. */
export class RequestServer implements PlainServer {
  readonly #serving: Serving;
  readonly #connections = new Set<PlainConnection>();
  /** By the paths of calls that there are. */
  readonly #flows = new Map<string, boolean>();
  #isLeaving = false;
  #running = 0;

  constructor(serving: Serving) {
    this.#serving = serving;
  }

  /** Requests that are being answered. */
  get running(): number {
    return this.#running;
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  leave(): void {
    this.#isLeaving = true;
  }

  /** Ends the connections that are not Node's. */
  close(): void {
    this.#isLeaving = true;
    for (const connection of this.#connections) connection.close();
  }

  connect(socket: Socket, otherwise: () => void): void {
    if (this.#isLeaving) otherwise();
    else this.#connections.add(new PlainConnection(socket, this, otherwise));
  }

  left(connection: PlainConnection): void {
    this.#connections.delete(connection);
  }

  takes({ url, bytes }: PlainRequest): boolean {
    const { limits } = this.#serving;
    return bytes <= limits.payloadBytes + envelopeBytes && !this.#hasFlow(url);
  }

  /** Whether items or bytes go along with the call that a path names. */
  #hasFlow(url: string): boolean {
    const known = this.#flows.get(url);
    if (known !== undefined) return known;
    const kind = url.startsWith(callsPath) ? this.#serving.kindOf(...namesIn(url)) : undefined;
    const hasFlow = kind !== undefined && isFlow(kind);
    // Of paths that name nothing there is no end.
    if (kind !== undefined) this.#flows.set(url, hasFlow);
    return hasFlow;
  }

  async answer(request: PlainRequest, call: RunningCall): Promise<JsonAnswer> {
    const serving = this.#serving;
    this.#running += 1;
    try {
      const peer = proven(serving, request);
      if (request.url.startsWith(asksPath)) {
        return await askedOf(serving, peer, request, parsePeerJson(request.body));
      }
      const { route, ctx, options } = openCall(serving, peer, request, call);
      const input = parsePeerJson(request.body);
      return answerWith(serving, route, await route.invoke(ctx, input, options));
    } catch (error) {
      return failureOf(serving, request, error);
    } finally {
      this.#running -= 1;
    }
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const { method, url = '' } = request;
    const isCall = url.startsWith(callsPath);
    if (method === 'GET' && url === helloPath) this.#hello(request, response);
    else if (method !== 'POST' || !(isCall || url.startsWith(asksPath))) send(response, 404, '');
    else if (this.#isLeaving) send(response, 503, '', [header.notRun, '1', 'connection', 'close']);
    else void this.#answer(request, response, isCall ? this.#call : this.#ask);
  }

  #hello(request: IncomingMessage, response: ServerResponse): void {
    const nonce = request.headers[header.nonce];
    if (!isNonce(nonce)) send(response, 400, '');
    else send(response, 200, JSON.stringify(greetingFor(this.#serving, nonce, newNonce())));
  }

  async #answer(request: IncomingMessage, response: ServerResponse, run: Run): Promise<void> {
    const head = { url: String(request.url), headers: request.headers };
    this.#running += 1;
    try {
      const peer = proven(this.#serving, head);
      if (request.headers.expect !== undefined) response.writeContinue();
      await run.call(this, peer, head, request, response);
    } catch (error) {
      this.#fail(head, request, response, error);
    } finally {
      this.#running -= 1;
    }
  }

  async #call(
    peer: Peer,
    head: RequestHead,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const serving = this.#serving;
    const call = new RunningCall(0);
    const { route, ctx, options } = openCall(serving, peer, head, call);
    response.on('close', () => {
      if (!response.writableFinished) call.abort();
    });
    if (isFlow(route.kind)) keepQuiet(request);
    if (route.kind === 'upload') {
      const { input, bytes } = await readUpload(request, serving);
      call.inflow = bytes;
      const answer = answerWith(serving, route, await route.invoke(ctx, input, options, bytes));
      return send(response, answer.status, answer.json);
    }
    const answer = route.invoke(ctx, await this.#body(request, route.name), options);
    const to = { response, serving, route, call };
    if (route.kind === 'stream') return answerWithItems(to, answer as Items);
    if (route.kind === 'download') return answerWithDownload(to, await (answer as Downloaded));
    const { status, json } = answerWith(serving, route, await answer);
    send(response, status, json);
  }

  async #ask(
    peer: Peer,
    head: RequestHead,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const body = await this.#body(request, head.url.slice(asksPath.length));
    const { status, json } = await askedOf(this.#serving, peer, head, body);
    send(response, status, json);
  }

  async #body(request: IncomingMessage, name: string): Promise<unknown> {
    const { limits, ground } = this.#serving;
    const text = await readBody(request, limits.payloadBytes + envelopeBytes);
    if (text === undefined) throw ground.fromWire(tooLarge(name, limits.payloadBytes));
    return parsePeerJson(text);
  }

  #fail(
    head: RequestHead,
    request: IncomingMessage,
    response: ServerResponse,
    error: unknown,
  ): void {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const { status, json } = failureOf(this.#serving, head, error);
    // What is left of a body that nobody reads, or can be trusted, ends with the connection.
    const isLast = status === 400 || !request.complete;
    send(response, status, json, isLast ? ['connection', 'close'] : []);
  }
}

function isFlow(kind: Kind): boolean {
  return kind !== 'command' && kind !== 'query';
}

/**
 * A stream may be quiet for as long as its deadline allows. That its reader is gone without a word is
 * found by TCP. After the answer Node minds the connection again.
 */
function keepQuiet({ socket }: IncomingMessage): void {
  socket.setTimeout(0);
  socket.setKeepAlive(true, probeAfterMs);
}

/** As often as a stream asks for a sign of life, and often enough for what stands between hosts. */
const probeAfterMs = 5000;

type Items = AsyncIterable<unknown>;
type Downloaded = Promise<Download<unknown>>;
type Run = (
  peer: Peer,
  head: RequestHead,
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<void>;

function send(response: ServerResponse, status: number, json: string, more: string[] = []): void {
  if (response.destroyed) return;
  response.sendDate = false;
  const length = `${Buffer.byteLength(json)}`;
  const sized = ['content-type', jsonType, 'content-length', length];
  response.writeHead(status, [...(status === 204 ? [] : sized), ...more] as never);
  response.end(json);
}
