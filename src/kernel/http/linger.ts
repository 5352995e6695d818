import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Long enough for an answer to be read on a slow line; short enough to be no gift to who floods us. */
const lingerMs = 1_000;

const lingering = new WeakSet<Duplex>();

/** Whether a connection has had its last answer, and what still comes on it is thrown away. */
export function isLingering(socket: Duplex): boolean {
  return lingering.has(socket);
}

/**
 * Lets a client read the answer that it gets in the middle of sending. Closing at once would reset
 * the connection, and the answer would be lost with it (RFC 9112, section 9.6): so we stop sending,
 * and throw away what still comes, until the client closes too or a moment is over.
 */
export function linger(socket: Duplex): void {
  lingering.add(socket);
  socket.end();
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(timer));
}

/** Lingers once the answer is on its way, if the request has not come whole by then. */
export function lingerAfter(response: ServerResponse): void {
  const { req: request, socket } = response as { req: IncomingMessage } & ServerResponse;
  if (!socket) return;
  const closeWhenSent = socket.destroySoon.bind(socket);
  // What Node calls when the last answer of a connection is on its way.
  socket.destroySoon = () => {
    linger(socket);
    request.resume();
    request.once('end', closeWhenSent);
  };
}
