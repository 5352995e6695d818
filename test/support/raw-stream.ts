import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import type { StaticTrust } from '#test/static-trust';
import { until } from '#test/until';

/** The calling end of a stream, in the hands of whoever means no good. */
export type RawStream = {
  readonly socket: Socket;
  /** The nonce that the server gave. */
  readonly nonce: string;
  /** Sends messages in one frame. */
  send(...messages: readonly unknown[]): void;
  sendFrame(type: number, body: Buffer, length?: number): void;
  /** All that has come so far. */
  readonly received: () => string;
  readonly isClosed: () => boolean;
};

/** Opens a stream; with a `trust`, also proves itself for the desk. */
export async function openRawStream(port: number, trust?: StaticTrust): Promise<RawStream> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let closed = false;
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  socket
    .on('error', () => undefined)
    .on('close', () => {
      closed = true;
    });
  await once(socket, 'connect');
  socket.write(
    `GET /internal/stream HTTP/1.1\r\nHost: desk\r\nConnection: Upgrade\r\nUpgrade: seamline-stream/1\r\nx-seamline-nonce: ${randomBytes(32).toString('base64url')}\r\n\r\n`,
  );
  const nonce = await until(() => /"nonce":"([^"]+)"/.exec(text)?.[1], { what: 'a greeting' });

  function sendFrame(type: number, body: Buffer, length = body.length): void {
    const head = Buffer.alloc(5);
    head.writeUInt32BE(length);
    head[4] = type;
    socket.write(Buffer.concat([head, body]));
  }

  function send(...messages: readonly unknown[]): void {
    sendFrame(1, Buffer.from(JSON.stringify(messages)));
  }

  if (trust) send([2, trust.prove('desk', nonce).text]);
  return { socket, nonce, send, sendFrame, received: () => text, isClosed: () => closed };
}
