import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Download } from '#kernel/ports/bytes';

import { Outflow } from './flow.ts';
import { FrameWriter } from './frame-writer.ts';
import { FrameReader } from './frames.ts';
import { envelopeBytes, flowCost, flowWindow } from './limits.ts';
import { type Message, op, ProtocolBroken } from './messages.ts';
import { PacedInflow } from './paced-inflow.ts';
import { inPieces } from './pieces.ts';
import { jsonWithin } from './refusals.ts';
import { framesType } from './request-wire.ts';
import type { Route } from './routes.ts';
import type { RunningCall } from './running-call.ts';
import { errorJson, type Serving } from './served.ts';

// A body of frames holds one call: its messages name it 0.

type Answer = {
  readonly response: ServerResponse;
  readonly serving: Serving;
  readonly route: Route;
  readonly call: RunningCall;
};

/** Answers with items. What fails before the first of them is thrown: it can still have a status. */
export async function answerWithItems(to: Answer, items: AsyncIterable<unknown>): Promise<void> {
  const { limits, ground } = to.serving;
  await pour(to, items, (writer, item) => {
    const json = jsonWithin(item, limits.payloadBytes, to.route.name, ground);
    beginFrames(to.response);
    writer.send(`[${op.item},0,${flowCost(json.length)},${json}]`);
  });
}

export async function answerWithDownload(
  to: Answer,
  { head, bytes }: Download<unknown>,
): Promise<void> {
  const { limits, ground } = to.serving;
  const json = jsonWithin(head ?? null, limits.payloadBytes, to.route.name, ground);
  beginFrames(to.response);
  const writer = new FrameWriter(to.response);
  writer.send(`[${op.head},0,${json},${bytes !== undefined}]`);
  if (bytes) return pour(to, inPieces(bytes), sendPiece, writer);
  writer.flush();
  to.response.end();
}

export function sendPiece(writer: FrameWriter, piece: Uint8Array): void {
  writer.sendBytes(0, piece);
}

/** Sends what a source gives at the pace at which it is read, and how it ended. */
async function pour<T>(
  { response, serving, route, call }: Answer,
  source: AsyncIterable<T>,
  send: (writer: FrameWriter, value: T) => void,
  writer = new FrameWriter(response),
): Promise<void> {
  const outflow = new Outflow();
  call.outflow = outflow;
  if (call.isGone) outflow.stop();
  response.on('drain', () => outflow.grant(flowWindow));
  try {
    await outflow.run(source, (value) => {
      send(writer, value);
      writer.flush();
      return response.writableNeedDrain ? flowWindow : 0;
    });
    beginFrames(response);
    writer.send(`[${op.end},0]`);
  } catch (error) {
    if (!response.headersSent) throw error;
    writer.send(`[${op.failed},0,${errorJson(serving, route.name, error)}]`);
  }
  writer.flush();
  response.end();
}

function beginFrames(response: ServerResponse): void {
  if (!response.headersSent) response.writeHead(200, { 'content-type': framesType });
}

/** The input of an upload, and its bytes as they come. */
export function readUpload(
  request: IncomingMessage,
  { limits }: Serving,
): Promise<{ readonly input: unknown; readonly bytes: PacedInflow<Uint8Array> }> {
  return new Promise((resolve, reject) => {
    const bytes = new PacedInflow<Uint8Array>(request, () => request.resume());
    const message = ([kind, , value]: Message) => {
      if (kind === op.head) resolve({ input: value, bytes });
      else if (kind === op.end) bytes.end();
      else if (kind === op.broke) bytes.fail(new Error('The source of these bytes broke.'));
      else throw new ProtocolBroken('An unknown message.');
    };
    const reader = new FrameReader(
      { message, bytes: (_id, chunk) => bytes.push(chunk, flowCost(chunk.length)) },
      limits.payloadBytes + envelopeBytes,
    );
    const cutOff = (error: Error) => {
      bytes.fail(error);
      reject(error);
    };
    request.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        request.destroy();
        cutOff(error as Error);
      }
    });
    request.on('close', () => cutOff(new Error('Whoever sent these bytes has gone.')));
    request.on('error', cutOff);
  });
}
