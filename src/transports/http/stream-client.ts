import type { Duplex } from 'node:stream';

import type { Bytes, Download } from '#kernel/ports/bytes';
import type { ServiceToken } from '#kernel/ports/trust';

import type { Asked } from './asked.ts';
import { Inflow, Outflow } from './flow.ts';
import { Idleness } from './idleness.ts';
import { flowCost, flowWindow } from './limits.ts';
import type { Link, LinkGround, Reject, Resolve, Sent } from './link.ts';
import { type Greeting, type Message, op, ProtocolBroken } from './messages.ts';
import { Pending } from './pending.ts';
import type { PendingCall } from './pending-call.ts';
import { jsonWithin } from './refusals.ts';
import { pour } from './stream-flows.ts';
import { Wire } from './wire.ts';
import { callMessage, countOf } from './wire-context.ts';

/** A proof is renewed when it has this long to go. */
const renewBeforeMs = 20_000;

type Heard = {
  greeted(greeting: unknown): void;
  /** Nothing more can be asked here. */
  gone(why: string): void;
};

/** The calling end of one stream. */
export class StreamClient implements Link {
  readonly #module: string;
  readonly #ground: LinkGround;
  readonly #heard: Heard;
  readonly #wire: Wire;
  readonly #pending: Pending;
  readonly #routes = new Map<Asked, number>();
  #nonce = '';
  #token: ServiceToken | undefined;
  #mostInFlight = 0;
  readonly #idleness: Idleness;
  #isLeaving = false;
  #refused: Error | undefined;

  constructor(socket: Duplex, head: Buffer, module: string, ground: LinkGround, heard: Heard) {
    this.#module = module;
    this.#ground = ground;
    this.#heard = heard;
    const cancel = (call: PendingCall) => this.#wire.send(`[${op.cancel},${call.id}]`);
    this.#idleness = new Idleness(ground.limits.idleMs);
    this.#pending = new Pending({ ...ground, cancel });
    this.#wire = new Wire(socket, head, ground, this);
  }

  get isOpen(): boolean {
    return this.#token !== undefined && !this.#isLeaving && !this.#wire.isGone;
  }

  get isReady(): boolean {
    return this.isOpen && this.#pending.size < this.#mostInFlight && !this.#wire.isFull;
  }

  get busy(): string {
    if (!this.isOpen) return 'the connection is closing';
    return `${this.#pending.size} calls are in flight, or too much waits to be sent`;
  }

  /** The server is who it should be: from now on it may hear who we are. */
  open({ nonce, callsInFlight }: Greeting): void {
    this.#nonce = nonce;
    this.#mostInFlight = Math.min(callsInFlight, this.#ground.limits.callsInFlight);
    this.#wire.trust();
    this.#prove();
  }

  close(why: string): void {
    this.#isLeaving = true;
    this.#wire.close(why);
  }

  call(asked: Asked, sent: Sent, resolve: Resolve, reject: Reject): void {
    this.#call(asked, sent, false, resolve, reject);
  }

  upload(asked: Asked, sent: Sent, bytes: Bytes): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call = this.#call(asked, sent, true, resolve, reject);
      call.outflow = new Outflow();
      void this.#sendBytes(call, call.outflow, bytes);
    });
  }

  download(asked: Asked, sent: Sent): Promise<Download<unknown>> {
    return new Promise((resolve, reject) => {
      const call = this.#call(asked, sent, false, resolve as Resolve, reject);
      call.inflow = this.#inflowOf(call);
    });
  }

  stream(asked: Asked, sent: Sent): AsyncIterable<unknown> {
    const call = this.#call(asked, sent, false, ignore, ignore);
    call.inflow = this.#inflowOf(call);
    return call.inflow;
  }

  ask(what: string, json: string, timeoutMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const deadline = this.#ground.clock.now() + timeoutMs;
      const { id } = this.#pending.add(what, undefined, deadline, undefined, resolve, reject);
      this.#wire.send(`[${op.ask},${id},${JSON.stringify(what)},${json}]`);
    });
  }

  message(message: Message): void {
    const id = message[1] as number;
    if (message[0] === op.answer) this.#pending.answered(id, message[2]);
    else if (message[0] === op.failed) this.#pending.refused(id, message[2]);
    else this.#flowing(message, id);
    if (this.#isLeaving) this.#closeWhenDone();
  }

  bytes(id: number, chunk: Buffer): void {
    this.#take(id, chunk, flowCost(chunk.length));
  }

  beat(): void {
    if (this.isOpen) this.#prove();
    if (this.#idleness.isOver(this.#pending)) this.close('it was idle');
  }

  gone(why: string): void {
    const { ground } = this.#ground;
    this.#heard.gone(this.#refused?.message ?? why);
    this.#pending.failAll(({ name }) => this.#refused ?? ground.unavailable(name, why));
  }

  #flowing(message: Message, id: number): void {
    switch (message[0]) {
      case op.item:
        this.#take(id, message[3], countOf(message[2]));
        break;
      case op.head:
        this.#headed(id, message[2], message[3] === true);
        break;
      case op.end:
        this.#pending.flowed(id);
        break;
      case op.credit:
        this.#pending.get(id)?.outflow?.grant(countOf(message[2]));
        break;
      case op.cancel:
        this.#pending.get(id)?.outflow?.stop();
        break;
      case op.hello:
        this.#heard.greeted(message[1]);
        break;
      case op.leave:
        this.#leave();
        break;
      case op.refused:
        this.#refused = this.#ground.ground.fromWire(message[1]);
        break;
      default:
        throw new ProtocolBroken('An unknown message.');
    }
  }

  #call(asked: Asked, sent: Sent, hasBytes: boolean, resolve: Resolve, reject: Reject) {
    const { ctx, deadline, turn } = sent;
    const call = this.#pending.add(asked.name, ctx, deadline, turn, resolve, reject);
    try {
      this.#wire.send(this.#messageOf(asked, sent, call.id, hasBytes));
    } catch (error) {
      this.#pending.end(call.id, 'abandoned');
      throw error;
    }
    return call;
  }

  #messageOf(asked: Asked, sent: Sent, id: number, hasBytes: boolean): string {
    const { ground, limits, clock } = this.#ground;
    const route = this.#routes.get(asked) ?? this.#announce(asked);
    const leftMs = Math.ceil(sent.deadline - clock.now());
    const message = callMessage(id, route, leftMs, sent, hasBytes);
    return jsonWithin(message, limits.payloadBytes, asked.name, ground);
  }

  #announce(asked: Asked): number {
    const number = this.#routes.size;
    const { caller, contract, call } = asked;
    this.#wire.send(JSON.stringify([op.route, number, caller, contract, call]));
    this.#routes.set(asked, number);
    return number;
  }

  #headed(id: number, head: unknown, hasBytes: boolean): void {
    const call = this.#pending.get(id);
    if (!hasBytes) this.#pending.answered(id, { head, bytes: undefined });
    else call?.resolve({ head, bytes: call.inflow });
  }

  #take(id: number, value: unknown, cost: number): void {
    const inflow = this.#pending.get(id)?.inflow;
    if (inflow && inflow.waiting > flowWindow) throw new ProtocolBroken('A flow without credit.');
    inflow?.push(value, cost);
  }

  #inflowOf(call: PendingCall): Inflow<unknown> {
    const credit = (units: number) => this.#wire.send(`[${op.credit},${call.id},${units}]`);
    return new Inflow<unknown>(credit, () => {
      if (this.#pending.end(call.id, 'answered')) this.#wire.send(`[${op.cancel},${call.id}]`);
    });
  }

  async #sendBytes(call: PendingCall, outflow: Outflow, bytes: Bytes): Promise<void> {
    try {
      const isWhole = await pour(this.#wire, call.id, outflow, bytes);
      if (isWhole) this.#wire.send(`[${op.end},${call.id}]`);
    } catch (error) {
      // The provider hears that there will be no more; the caller hears why.
      this.#wire.send(`[${op.broke},${call.id}]`);
      this.#pending.end(call.id, 'abandoned')?.reject(error as Error);
    }
  }

  #leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.#wire.send(`[${op.left}]`);
    this.#heard.gone('the server is leaving');
  }

  #closeWhenDone(): void {
    if (this.#pending.size === 0) this.#wire.close('the server is leaving');
  }

  /** The first proof, or the next one before this one ends. */
  #prove(): void {
    const { trust, clock, limits } = this.#ground;
    const endsAt = this.#token?.expiresAt ?? 0;
    if (endsAt - clock.now() > renewBeforeMs + limits.beatMs) return;
    this.#token = trust.prove(this.#module, this.#nonce);
    this.#wire.send(JSON.stringify([op.prove, this.#token.text]));
    // In a frame of its own: until it is read, longer ones are not taken.
    this.#wire.flush();
  }
}

function ignore(): void {
  // The items of a stream tell how it goes.
}
