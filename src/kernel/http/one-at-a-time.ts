import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Serves the requests of a connection one after the other (RFC 9112, section 9.3.2): whoever sends many
 * at once and reads no answer gets one made, and not all of them.
 */
export function oneAtATime(serve: RequestListener): RequestListener {
  const latest = new WeakMap<Socket, ServerResponse>();
  return (request, response) => {
    const { socket } = request;
    const before = latest.get(socket);
    latest.set(socket, response);
    if (!before || before.writableFinished) {
      serve(request, response);
      return;
    }
    before.once('close', () => {
      if (!socket.destroyed) serve(request, response);
    });
  };
}
