import type { Bytes, Download } from '#kernel/ports/bytes';
import type { Instance } from '#kernel/ports/discovery';

import type { Asked } from './asked.ts';
import { Outflow } from './flow.ts';
import { unprovenFrameBytes } from './limits.ts';
import type { Link, LinkGround, Reject, Resolve, Sent } from './link.ts';
import type { Greeting } from './messages.ts';
import { Pending } from './pending.ts';
import type { PendingCall } from './pending-call.ts';
import { jsonWithin } from './refusals.ts';
import { AnswerHandler, FramesHandler, type Settle } from './request-answers.ts';
import type { Request } from './request-connection.ts';
import { RequestSockets } from './request-sockets.ts';
import {
  asksPath,
  callsPath,
  escaped,
  framesType,
  header,
  jsonType,
  line,
  traceparentOf,
} from './request-wire.ts';
import { uploadBody } from './upload-body.ts';
import { parsePeerJson } from './wire-json.ts';

/** The calling end of one instance that is asked by requests of their own. */
export class RequestClient implements Link {
  readonly #module: string;
  readonly #ground: LinkGround;
  readonly #sockets: RequestSockets;
  /** Streams, uploads and downloads may stay for long, and then take no call's connection. */
  readonly #flowSockets: RequestSockets;
  readonly #pending: Pending;
  readonly #settle: Settle;
  readonly #openings = new Map<Asked, { readonly token: string; readonly lines: string }>();
  #mostInFlight = 0;
  /** By the clock: until then the host at the other end is proven. */
  #until = 0;
  #isClosed = false;

  constructor(module: string, { url }: Instance, ground: LinkGround) {
    const { limits } = ground;
    this.#module = module;
    this.#ground = ground;
    this.#sockets = new RequestSockets(url, limits.sockets, limits.connectMs);
    this.#flowSockets = new RequestSockets(url, limits.callsInFlight, limits.connectMs);
    const cancel = ({ request }: PendingCall) => request?.abort();
    this.#pending = new Pending({ ...ground, cancel });
    this.#settle = { pending: this.#pending, ground: ground.ground, limits };
  }

  get isOpen(): boolean {
    return !this.#isClosed && this.#ground.clock.now() < this.#until;
  }

  get isReady(): boolean {
    return this.isOpen && this.#pending.size < this.#mostInFlight;
  }

  get busy(): string {
    return this.isOpen ? `${this.#pending.size} calls are in flight` : 'it has to be greeted anew';
  }

  get pending(): Pick<Pending, 'size' | 'begun' | 'ended'> {
    return this.#pending;
  }

  /** Milliseconds until the host at the other end has to prove itself again. */
  get provenForMs(): number {
    return this.#until - this.#ground.clock.now();
  }

  /** The host at the other end is who it should be. */
  proven({ callsInFlight }: Greeting, until: number): void {
    this.#mostInFlight = Math.min(callsInFlight, this.#ground.limits.callsInFlight);
    this.#until = until;
  }

  call(asked: Asked, sent: Sent, resolve: Resolve, reject: Reject): void {
    const call = this.#begin(asked, sent, resolve, reject);
    this.#try(call, () => {
      const handler = new AnswerHandler(call, this.#settle);
      this.#sockets.send(this.#post(asked, sent, this.#json(asked, sent)), handler);
    });
  }

  upload(asked: Asked, sent: Sent, bytes: Bytes): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call = this.#begin(asked, sent, resolve, reject);
      this.#try(call, () => {
        call.outflow = new Outflow();
        const broke = (error: Error) => this.#pending.end(call.id, 'abandoned')?.reject(error);
        const body = uploadBody(this.#json(asked, sent), bytes, call.outflow, broke);
        const request = this.#post(asked, sent, body, framesType);
        this.#flowSockets.send(request, new AnswerHandler(call, this.#settle));
      });
    });
  }

  download(asked: Asked, sent: Sent): Promise<Download<unknown>> {
    return new Promise((resolve, reject) => {
      this.#flow(asked, sent, resolve as Resolve, reject);
    });
  }

  stream(asked: Asked, sent: Sent): AsyncIterable<unknown> {
    return this.#flow(asked, sent, ignore, ignore);
  }

  ask(what: string, json: string, timeoutMs: number): Promise<unknown> {
    const { clock, trust } = this.#ground;
    return new Promise((resolve, reject) => {
      const deadline = clock.now() + timeoutMs;
      const call = this.#pending.add(what, undefined, deadline, undefined, resolve, reject);
      const token = trust.prove(this.#module).text;
      const headers = line('content-type', jsonType) + line(header.token, token);
      const request = { method: 'POST', path: asksPath + what, headers, body: json } as const;
      this.#try(call, () => this.#sockets.send(request, new AnswerHandler(call, this.#settle)));
    });
  }

  /** One request before anything else is sent: who is there? */
  async hello(path: string, nonce: string, timeoutMs: number): Promise<unknown> {
    const signal = AbortSignal.timeout(timeoutMs);
    const headers = line(header.nonce, nonce);
    return parsePeerJson(await this.#sockets.get(path, headers, signal, unprovenFrameBytes));
  }

  /** What runs may end; nothing more is asked. */
  retire(): void {
    this.#isClosed = true;
    this.#sockets.retire();
    this.#flowSockets.retire();
  }

  close(why: string): void {
    this.#isClosed = true;
    const { ground } = this.#ground;
    this.#pending.failAll(({ name }) => ground.unavailable(name, why));
    this.#sockets.destroy(why);
    this.#flowSockets.destroy(why);
  }

  #begin({ name }: Asked, { ctx, deadline, turn }: Sent, resolve: Resolve, reject: Reject) {
    return this.#pending.add(name, ctx, deadline, turn, resolve, reject);
  }

  #flow(asked: Asked, sent: Sent, resolve: Resolve, reject: Reject) {
    const call = this.#begin(asked, sent, resolve, reject);
    const handler = new FramesHandler(call, this.#settle);
    this.#try(call, () => {
      this.#flowSockets.send(this.#post(asked, sent, this.#json(asked, sent)), handler);
    });
    return handler.inflow;
  }

  #try(call: PendingCall, send: () => void): void {
    try {
      send();
    } catch (error) {
      this.#pending.end(call.id, 'abandoned');
      throw error;
    }
  }

  #json({ name }: Asked, { input }: Sent): string {
    const { limits, ground } = this.#ground;
    return jsonWithin(input ?? null, limits.payloadBytes, name, ground);
  }

  #post(asked: Asked, sent: Sent, body: Request['body'], type = jsonType): Request {
    const headers = this.#headersOf(asked, sent, type);
    return { method: 'POST', path: callsPathOf(asked), headers, body };
  }

  #headersOf(asked: Asked, { ctx, deadline, key }: Sent, type: string): string {
    const { clock } = this.#ground;
    const lines =
      line('content-type', type) +
      this.#openingOf(asked) +
      line(header.actor, escaped(JSON.stringify(ctx.actor))) +
      line(header.key, escaped(ctx.key)) +
      line(header.trace, traceparentOf(ctx.trace)) +
      line(header.timeout, `${Math.ceil(deadline - clock.now())}`);
    return key === undefined ? lines : lines + line(header.subKey, escaped(key));
  }

  /** What stays the same from call to call for as long as the token does. */
  #openingOf(asked: Asked): string {
    const token = this.#ground.trust.prove(this.#module).text;
    const known = this.#openings.get(asked);
    if (known?.token === token) return known.lines;
    const lines = line(header.token, token) + line(header.caller, asked.caller);
    this.#openings.set(asked, { token, lines });
    return lines;
  }
}

function callsPathOf({ contract, call }: Asked): string {
  return `${callsPath}${contract}/${call}`;
}

function ignore(): void {
  // The items of a stream tell how it goes.
}
