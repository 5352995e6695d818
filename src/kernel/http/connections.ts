import { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Has a connection before anybody has read of it. What it can not serve it leaves to `otherwise`, at
 * once or later, with all of its bytes put back: then Node's HTTP goes on with it, as with a new one.
 */
export type ConnectionListener = (socket: Socket, otherwise: () => void) => void;

/** Node's HTTP server, behind whoever has each connection first. */
export class ServerWithConnections extends Server {
  first: ConnectionListener | undefined;

  /** Node lets connections be injected by this event, so it may also come later than by itself. */
  override emit(name: string, ...given: unknown[]): boolean {
    const [socket] = given as [Socket];
    // Every request comes by here too.
    if (name !== 'connection' || !this.first)
      return super.emit(name as 'connection', ...(given as [Socket]));
    this.first(socket, () => super.emit('connection', socket));
    return true;
  }
}
