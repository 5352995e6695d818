import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

import type { Ending } from './temp-folder.ts';

/** A wire between a client and a server on 127.0.0.1, which a test can cut or let fall silent. */
export type TcpProxy = {
  readonly port: number;
  /** Breaks off every connection; new ones are taken. Answers how many there were. */
  cut(): number;
  /** The server's bytes come no faster from now on. */
  slowDown(bytesPerSecond: number): void;
  /** Bytes of the connections that there are go nowhere from now on, and nobody is told. */
  silence(): void;
};

export async function openTcpProxy(toPort: number, ending: Ending): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer((near) => {
    const far = connect(toPort, '127.0.0.1');
    const pair = [near, far] as const;
    pairs.add(pair);
    near.pipe(far);
    far.pipe(near);
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.on('close', () => end(pair));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  function end(pair: readonly [Socket, Socket]): void {
    pairs.delete(pair);
    for (const socket of pair) socket.destroy();
  }

  function cut(): number {
    const count = pairs.size;
    for (const pair of pairs) end(pair);
    return count;
  }

  ending.after(async () => {
    const closed = once(server, 'close');
    server.close();
    cut();
    await closed;
  });
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    slowDown(bytesPerSecond) {
      for (const [near, far] of pairs) pourSlowly(far, near, bytesPerSecond);
    },
    silence() {
      for (const [near, far] of pairs) {
        near.unpipe(far);
        far.unpipe(near);
        // Read on, so that only silence shows and not a full buffer.
        near.resume();
        far.resume();
      }
    },
  };
}

function pourSlowly(from: Socket, to: Socket, bytesPerSecond: number): void {
  from.unpipe(to);
  from.on('data', (chunk) => {
    to.write(chunk);
    from.pause();
    setTimeout(() => from.resume(), (chunk.length * 1000) / bytesPerSecond);
  });
  from.resume();
}
