import { PassThrough, type Readable } from 'node:stream';

import type { Bytes } from '#kernel/ports/bytes';

import type { Outflow } from './flow.ts';
import { FrameWriter } from './frame-writer.ts';
import { flowWindow } from './limits.ts';
import { op } from './messages.ts';
import { inPieces } from './pieces.ts';
import { sendPiece } from './request-frames.ts';

/** The body of an upload: its input, then its bytes as fast as they are taken, then how they ended. */
export function uploadBody(
  json: string,
  bytes: Bytes,
  outflow: Outflow,
  broke: (error: Error) => void,
): Readable {
  const body = new PassThrough();
  const writer = new FrameWriter(body);
  body.on('drain', () => outflow.grant(flowWindow));
  body.on('close', () => outflow.stop());
  writer.send(`[${op.head},0,${json}]`);
  // Not before there is a connection: without one, another instance is to get all of the bytes.
  body.once('resume', () => void pour());
  return body;

  async function pour(): Promise<void> {
    try {
      await outflow.run(inPieces(bytes), (piece) => {
        sendPiece(writer, piece);
        writer.flush();
        return body.writableNeedDrain ? flowWindow : 0;
      });
      writer.send(`[${op.end},0]`);
    } catch (error) {
      broke(error as Error);
      writer.send(`[${op.broke},0]`);
    }
    writer.flush();
    body.end();
  }
}
