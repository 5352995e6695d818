import type { RemoteGround } from '#kernel/ports/call-transport';

import type { AnswerHead } from './answer-head.ts';
import { FrameReader } from './frames.ts';
import { envelopeBytes, flowCost, type HttpLimits } from './limits.ts';
import { type Message, op, ProtocolBroken } from './messages.ts';
import { PacedInflow } from './paced-inflow.ts';
import type { Pending } from './pending.ts';
import type { PendingCall } from './pending-call.ts';
import { NotSent } from './refusals.ts';
import type { Exchange, RequestSink } from './request-connection.ts';
import { framesType, header } from './request-wire.ts';
import { countOf } from './wire-context.ts';
import { parsePeerJson } from './wire-json.ts';

export type Settle = {
  readonly pending: Pending;
  readonly ground: RemoteGround;
  readonly limits: HttpLimits;
};

/** Takes the answer to one request: JSON, whatever it says. */
export class AnswerHandler implements RequestSink {
  protected readonly call: PendingCall;
  protected readonly settle: Settle;
  protected exchange: Exchange | undefined;
  #hasBegun = false;
  #leave: (() => void) | undefined;
  #chunks: Buffer[] = [];
  #size = 0;
  #status = 0;
  #isNotRun = false;

  constructor(call: PendingCall, settle: Settle) {
    this.call = call;
    this.settle = settle;
    // Itself, and no closure over it: those were kept alive until a full collection.
    call.request = this;
  }

  abort(): void {
    this.#leave?.();
    this.exchange?.abort(new Error('Nobody waits for the answer.'));
  }

  waits(leave: () => void): void {
    this.#leave = leave;
  }

  begins(exchange: Exchange): boolean {
    // It may have been given up while it waited for a connection.
    if (this.settle.pending.get(this.call.id) !== this.call) return false;
    this.#leave = undefined;
    this.exchange = exchange;
    this.#hasBegun = true;
    return true;
  }

  head({ status, headers }: AnswerHead): void {
    this.#status = status;
    this.#isNotRun = headers.has(header.notRun);
  }

  data(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.settle.limits.payloadBytes + envelopeBytes) {
      throw new ProtocolBroken('An answer that is too long.');
    }
    this.#chunks.push(chunk);
  }

  end(): void {
    this.exchange = undefined;
    const { pending } = this.settle;
    const { id } = this.call;
    try {
      if (this.#isNotRun) this.#notRun('the instance is leaving');
      else if (this.#status === 204) pending.answered(id, undefined);
      else if (this.#status === 200) pending.answered(id, parsePeerJson(this.#text()));
      else if (this.#size > 0) pending.refused(id, parsePeerJson(this.#text()));
      else pending.lost(id, `it answered ${this.#status}`);
    } catch {
      // Something between the two hosts has answered, or the peer is broken.
      pending.lost(id, `it answered ${this.#status} and no JSON`);
    }
  }

  failed(error: Error): void {
    this.exchange = undefined;
    if (this.#hasBegun) this.settle.pending.lost(this.call.id, error.message);
    else this.#notSent(error.message);
  }

  #text(): string {
    const [first] = this.#chunks;
    const body = first && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
    return body.toString('utf8');
  }

  /** It can be asked elsewhere, unless bytes have gone along: nobody has those any more. */
  #notRun(why: string): void {
    if (this.call.outflow?.hasBegun) this.settle.pending.lost(this.call.id, why);
    else this.#notSent(why);
  }

  #notSent(why: string): void {
    this.settle.pending.end(this.call.id, 'failed')?.fail(new NotSent(why));
  }
}

/** Takes an answer of frames: the items of a stream, or a download. */
export class FramesHandler extends AnswerHandler {
  readonly inflow: PacedInflow<unknown>;
  #reader: FrameReader | undefined;
  #hasEnded = false;

  constructor(call: PendingCall, settle: Settle) {
    super(call, settle);
    const body = { pause: () => this.exchange?.pause(), resume: () => this.exchange?.resume() };
    this.inflow = new PacedInflow(body, () => {
      if (settle.pending.end(call.id, 'answered')) this.abort();
    });
    call.inflow = this.inflow;
  }

  override head(head: AnswerHead): void {
    super.head(head);
    if (head.headers.get('content-type') !== framesType) return;
    const { payloadBytes } = this.settle.limits;
    const sink = {
      message: (message: Message) => this.#message(message),
      bytes: (_id: number, chunk: Buffer) => this.inflow.push(chunk, flowCost(chunk.length)),
    };
    this.#reader = new FrameReader(sink, payloadBytes + envelopeBytes);
  }

  override data(chunk: Buffer): void {
    if (this.#reader) this.#reader.push(chunk);
    else super.data(chunk);
  }

  override end(): void {
    if (!this.#reader) {
      super.end();
      return;
    }
    this.exchange = undefined;
    if (!this.#hasEnded) this.settle.pending.lost(this.call.id, 'the answer was cut off');
  }

  #message([kind, , value, more]: Message): void {
    const { pending } = this.settle;
    const { id } = this.call;
    this.#hasEnded = kind === op.end || kind === op.failed || (kind === op.head && more !== true);
    if (kind === op.item) this.inflow.push(more, countOf(value));
    else if (kind === op.end) pending.flowed(id);
    else if (kind === op.failed) pending.refused(id, value);
    else if (kind !== op.head) throw new ProtocolBroken('An unknown message.');
    else if (more === true) this.call.resolve({ head: value, bytes: this.inflow });
    else pending.answered(id, { head: value, bytes: undefined });
  }
}
