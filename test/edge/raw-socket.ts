import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after } from 'node:test';

/** A connection on which a test writes whatever it likes. */
export type RawSocket = {
  readonly socket: Socket;
  write(bytes: string): void;
  /** All that has come so far. */
  readonly received: () => string;
  /** Resolves, with all that came, when the other side has closed. */
  readonly closed: Promise<string>;
};

export async function rawSocket(port: number): Promise<RawSocket> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  // A reset is one of the ways in which the other side closes.
  socket.on('error', () => undefined);
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(text)));
  after(() => socket.destroy());
  await once(socket, 'connect');
  return {
    socket,
    write: (bytes) => {
      socket.write(bytes, 'latin1');
    },
    received: () => text,
    closed,
  };
}

/** Sends bytes on a connection of their own and answers all that came until it was closed. */
export async function exchangeRaw(port: number, bytes: string): Promise<string> {
  const raw = await rawSocket(port);
  raw.write(bytes);
  return raw.closed;
}

/** The statuses of all answers on a connection, in order. */
export function statusesIn(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
