import type { Duplex } from 'node:stream';

import type { Download } from '#kernel/ports/bytes';
import type { Peer } from '#kernel/ports/trust';

import { flowCost, flowWindow, mostRoutes } from './limits.ts';
import { type Message, op, ProtocolBroken } from './messages.ts';
import { jsonWithin } from './refusals.ts';
import { findRoute, type Route } from './routes.ts';
import { RunningCall } from './running-call.ts';
import { answerAsk, errorJson, greetingFor, refusalOf, type Serving } from './served.ts';
import { Slots } from './slots.ts';
import { type Answering, answerDownload, answerItems, uploadOf } from './stream-flows.ts';
import { Wire } from './wire.ts';
import { countOf, originOf, textOf } from './wire-context.ts';

type Items = AsyncIterable<unknown>;
type Downloaded = Promise<Download<unknown>>;

/** A route as the peer has named it, and as it was found for the peer's present proof. */
type Named = {
  readonly caller: string;
  readonly contract: string;
  readonly call: string;
  route: Route | undefined;
};

/** The serving end of one stream. */
export class StreamServer implements Answering {
  readonly wire: Wire;
  readonly serving: Serving;
  readonly #nonce: string;
  readonly #gone: (one: StreamServer) => void;
  readonly #routes: Named[] = [];
  readonly #running = new Slots<RunningCall>();
  /** Those included whose caller has gone, and whose place somebody else may have by now. */
  #runs = 0;
  readonly #openedAt = performance.now();
  #peer: Peer | undefined;
  #asked = 0;
  #hasLeft = false;

  constructor(
    socket: Duplex,
    head: Buffer,
    serving: Serving,
    nonces: { readonly client: string; readonly server: string },
    gone: (one: StreamServer) => void,
  ) {
    this.serving = serving;
    this.#nonce = nonces.server;
    this.#gone = gone;
    this.wire = new Wire(socket, head, serving, this);
    this.wire.send(JSON.stringify([op.hello, greetingFor(serving, nonces.client, nonces.server)]));
  }

  /** Asks the peer to go elsewhere; the connection ends when what runs has been answered. */
  leave(): void {
    if (this.#peer) this.wire.send(`[${op.leave}]`);
    else this.wire.close('this host is leaving');
  }

  message(message: Message): void {
    const peer = this.#peer;
    if (message[0] === op.prove) this.#prove(textOf(message[1]));
    else if (!peer) throw new ProtocolBroken('A question before a proof.');
    else if (message[0] === op.call) this.#call(peer, message);
    else if (message[0] === op.route) this.#name(message);
    else if (message[0] === op.ask)
      void this.#ask(peer, message[1], textOf(message[2]), message[3]);
    else if (message[0] === op.left) this.#left();
    else this.#flowing(message);
  }

  bytes(id: number, chunk: Buffer): void {
    if (!this.#peer) throw new ProtocolBroken('Bytes before a proof.');
    const inflow = this.#running.get(id)?.inflow;
    if (inflow && inflow.waiting > flowWindow) throw new ProtocolBroken('A flow without credit.');
    inflow?.push(chunk, flowCost(chunk.length));
  }

  beat(): void {
    const { clock, limits } = this.serving;
    const isNew = performance.now() - this.#openedAt < limits.connectMs;
    if (!this.#peer && !isNew) this.wire.destroy('no proof came');
    if (this.#peer && clock.now() > this.#peer.until + limits.renewalMs) {
      this.wire.close('the proof of the peer has run out');
    }
  }

  gone(): void {
    for (const call of this.#running.values()) call.abort();
    this.#gone(this);
  }

  finish(call: RunningCall, message: string): void {
    if (!call.isGone) this.wire.send(message);
    this.#running.delete(call);
    this.#runs -= 1;
    if (this.#hasLeft) this.#closeWhenDone();
  }

  fail(call: RunningCall, name: string, error: unknown): void {
    this.finish(call, `[${op.failed},${call.id},${errorJson(this.serving, name, error)}]`);
  }

  #flowing([kind, id, value]: Message): void {
    const call = this.#running.get(id as number);
    if (kind === op.cancel) call?.abort();
    else if (kind === op.credit) call?.outflow?.grant(countOf(value));
    else if (kind === op.end) call?.inflow?.end();
    else if (kind === op.broke) call?.inflow?.fail(new Error('The source of these bytes broke.'));
    else throw new ProtocolBroken('An unknown message.');
  }

  #left(): void {
    this.#hasLeft = true;
    this.#closeWhenDone();
  }

  #closeWhenDone(): void {
    if (this.#runs === 0 && this.#asked === 0) this.wire.close('this host is leaving');
  }

  #prove(token: string): void {
    const { trust, modules, ground } = this.serving;
    try {
      this.#peer = trust.verify(token, { audience: modules, nonce: this.#nonce });
      // What the host may speak for can change with a proof.
      for (const named of this.#routes) named.route = undefined;
      this.wire.trust();
    } catch (error) {
      this.wire.send(JSON.stringify([op.refused, ground.toWire(error)]));
      this.wire.close('the peer could not prove itself');
    }
  }

  #name([, number, caller, contract, call]: Message): void {
    if (number !== this.#routes.length || number >= mostRoutes) {
      throw new ProtocolBroken('A route out of turn.');
    }
    const names = { caller: textOf(caller), contract: textOf(contract), call: textOf(call) };
    this.#routes.push({ ...names, route: undefined });
  }

  #call(peer: Peer, message: Message): void {
    const id = message[1];
    const number = message[2];
    const named = typeof number === 'number' ? this.#routes[number] : undefined;
    if (!named || typeof id !== 'number') throw new ProtocolBroken('A call that is none.');
    const call = new RunningCall(id);
    const origin = originOf(message, named.caller, call);
    const input = message[9];
    const hasBytes = message[10];
    const subKey = message[11];
    this.#admit(call);
    try {
      this.#refuseTooMany(named);
      named.route ??= findRoute(this.serving, peer, named.caller, named.contract, named.call);
      const ctx = this.serving.ground.openContext(origin);
      const options = subKey === undefined ? undefined : { key: textOf(subKey) };
      const bytes = hasBytes === 1 ? uploadOf(this, call) : undefined;
      this.#answer(call, named.route, named.route.invoke(ctx, input, options, bytes));
    } catch (error) {
      this.fail(call, `${named.contract}.${named.call}`, error);
    }
  }

  #admit(call: RunningCall): void {
    const before = this.#running.at(call.id);
    if (before && !before.isGone) throw new ProtocolBroken('A call in the place of another.');
    this.#running.set(call);
    this.#runs += 1;
  }

  #refuseTooMany({ contract, call }: Named): void {
    const { limits, ground } = this.serving;
    if (this.#runs <= limits.callsInFlight) return;
    throw ground.noRoom(`${contract}.${call}`, 'too many calls are in flight');
  }

  #answer(call: RunningCall, route: Route, answer: unknown): void {
    if (route.kind === 'stream') void answerItems(this, call, route, answer as Items);
    else if (route.kind === 'download')
      void answerDownload(this, call, route, answer as Downloaded);
    else {
      (answer as Promise<unknown>).then(
        (output) => this.#answered(call, route, output),
        (error) => this.fail(call, route.name, error),
      );
    }
  }

  #answered(call: RunningCall, { name }: Route, output: unknown): void {
    const { limits, ground, log } = this.serving;
    try {
      const message = [op.answer, call.id, output];
      this.finish(call, jsonWithin(message, limits.payloadBytes, name, ground));
    } catch (error) {
      log.error({ err: error, call: name }, 'an answer can not be carried');
      this.fail(call, name, error);
    }
  }

  async #ask(peer: Peer, id: unknown, what: string, body: unknown): Promise<void> {
    const isRoom = this.#asked < this.serving.limits.asksInFlight;
    this.#asked += 1;
    const answer = isRoom
      ? await answerAsk(this.serving, peer, what, body)
      : refusalOf(this.serving, what, 'too much is being asked');
    this.#asked -= 1;
    const message =
      'error' in answer ? [op.failed, id, answer.error] : [op.answer, id, answer.output];
    this.wire.send(JSON.stringify(message));
    if (this.#hasLeft) this.#closeWhenDone();
  }
}
