import type { Bytes, Download } from '#kernel/ports/bytes';

import { Inflow, Outflow } from './flow.ts';
import { chunkBytes, flowCost } from './limits.ts';
import { op } from './messages.ts';
import { jsonWithin } from './refusals.ts';
import type { Route } from './routes.ts';
import type { RunningCall } from './running-call.ts';
import type { Serving } from './served.ts';
import type { Wire } from './wire.ts';

/** What answers a call on a stream. */
export type Answering = {
  readonly wire: Wire;
  readonly serving: Serving;
  /** The last message of the call. */
  finish(call: RunningCall, message: string): void;
  fail(call: RunningCall, name: string, error: unknown): void;
};

/** The bytes that come with the call. */
export function uploadOf({ wire }: Answering, call: RunningCall): Bytes {
  const credit = (units: number) => wire.send(`[${op.credit},${call.id},${units}]`);
  call.inflow = new Inflow<Uint8Array>(credit, () => wire.send(`[${op.cancel},${call.id}]`));
  return call.inflow;
}

export async function answerItems(
  to: Answering,
  call: RunningCall,
  { name }: Route,
  items: AsyncIterable<unknown>,
): Promise<void> {
  const { ground, limits } = to.serving;
  call.outflow = new Outflow();
  try {
    await call.outflow.run(items, (item) => {
      const json = jsonWithin(item, limits.payloadBytes, name, ground);
      const cost = flowCost(json.length);
      to.wire.send(`[${op.item},${call.id},${cost},${json}]`);
      return cost;
    });
    to.finish(call, `[${op.end},${call.id}]`);
  } catch (error) {
    to.fail(call, name, error);
  }
}

export async function answerDownload(
  to: Answering,
  call: RunningCall,
  { name }: Route,
  answer: Promise<Download<unknown>>,
): Promise<void> {
  const { ground, limits } = to.serving;
  try {
    const { head, bytes } = await answer;
    const json = jsonWithin(head ?? null, limits.payloadBytes, name, ground);
    if (!bytes) return to.finish(call, `[${op.head},${call.id},${json},false]`);
    if (!call.isGone) to.wire.send(`[${op.head},${call.id},${json},true]`);
    call.outflow = new Outflow();
    if (call.isGone) call.outflow.stop();
    await call.outflow.run(bytes, (chunk) => sendPieces(to.wire, call.id, chunk));
    to.finish(call, `[${op.end},${call.id}]`);
  } catch (error) {
    to.fail(call, name, error);
  }
}

/** Sends a chunk in pieces of at most `chunkBytes`; answers their cost. */
export function sendPieces(wire: Wire, id: number, chunk: Uint8Array): number {
  let cost = 0;
  for (let at = 0; at < chunk.length; at += chunkBytes) {
    const piece = chunk.subarray(at, at + chunkBytes);
    wire.sendBytes(id, piece);
    cost += flowCost(piece.length);
  }
  return cost;
}
