import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

import type { InternalEndpoint } from '#kernel/ports/internal-endpoint';

import { isNonce, newNonce } from './dial.ts';
import { streamProtocol } from './messages.ts';
import { RequestServer } from './request-server.ts';
import { header } from './request-wire.ts';
import type { Serving } from './served.ts';
import { StreamServer } from './stream-server.ts';

export type HttpEndpoint = InternalEndpoint & { close(): void };

/** What other hosts reach: streams, and single requests. */
export function createEndpoint(serving: Serving): HttpEndpoint {
  const streams = new Set<StreamServer>();
  const requests = new RequestServer(serving);
  let isLeaving = false;

  function open(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const client = request.headers[header.nonce];
    const status = problemOf(request, isLeaving);
    if (status) {
      refuse(socket, status);
      return;
    }
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${streamProtocol}\r\n\r\n`,
    );
    const nonces = { client: String(client), server: newNonce() };
    streams.add(new StreamServer(socket, head, serving, nonces, (one) => streams.delete(one)));
  }

  return {
    prefix: '/internal/',

    handle: (request: IncomingMessage, response: ServerResponse) =>
      requests.handle(request, response),

    upgrade(request, socket, head) {
      // Until the stream has its own watch, an error of the socket ends it and nothing else.
      socket.on('error', () => socket.destroy());
      open(request, socket, head);
    },

    connect: (socket, otherwise) => requests.connect(socket, otherwise),

    async drain(deadlineMs) {
      isLeaving = true;
      requests.leave();
      for (const stream of streams) stream.leave();
      const overAt = performance.now() + deadlineMs;
      const isBusy = () => streams.size > 0 || requests.running > 0;
      while (isBusy() && performance.now() < overAt) await pause(drainLookMs);
      for (const stream of streams) stream.wire.destroy('this host has left');
    },

    close() {
      isLeaving = true;
      requests.close();
      for (const stream of streams) stream.wire.destroy('this host has left');
    },
  };
}

const drainLookMs = 5;
const refusedForMs = 1000;

/** Why the connection can't be upgraded, as a status. */
function problemOf({ url, headers }: IncomingMessage, isLeaving: boolean): number | undefined {
  if (url !== '/internal/stream') return 404;
  if (headers.upgrade !== streamProtocol || !isNonce(headers[header.nonce])) return 400;
  return isLeaving ? 503 : undefined;
}

function refuse(socket: Duplex, status: number): void {
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
  // A moment to read it in, for who does not close; until then what still comes is thrown away.
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), refusedForMs);
  socket.once('close', () => clearTimeout(timer));
}
