import type { Bytes, Download } from '#kernel/ports/bytes';

import { Inflow, Outflow } from './flow.ts';
import { flowCost } from './limits.ts';
import { op } from './messages.ts';
import { inPieces } from './pieces.ts';
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
    await pour(to.wire, call.id, call.outflow, bytes);
    to.finish(call, `[${op.end},${call.id}]`);
  } catch (error) {
    to.fail(call, name, error);
  }
}

/** Sends bytes as far as their reader's credit goes. Resolves as `Outflow.run` does. */
export function pour(wire: Wire, id: number, outflow: Outflow, bytes: Bytes): Promise<boolean> {
  return outflow.run(inPieces(bytes), (piece) => {
    wire.sendBytes(id, piece);
    return flowCost(piece.length);
  });
}
