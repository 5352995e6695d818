import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

import type { Ending } from './temp-folder.ts';

/** One method of AMQP 0-9-1 on its way: `60.80` is basic.ack (class, then method). */
export type PassingMethod = {
  readonly from: 'client' | 'broker';
  readonly method: string;
  readonly channel: number;
};

export type AmqpProxy = {
  readonly url: string;
  /** Breaks off every connection; new ones are taken. */
  cut(): void;
};

/**
 * A wire to the broker at `url` on which single methods get lost: those for which `isLost` answers
 * true, asked once for each that passes. Not for methods that content follows.
 */
export async function openAmqpProxy(
  url: string,
  ending: Ending,
  isLost: (passing: PassingMethod) => boolean,
): Promise<AmqpProxy> {
  const through = new URL(url);
  const brokerPort = Number(through.port);
  const open = new Set<() => void>();
  const server = createServer((client) => {
    const broker = connect(brokerPort, '127.0.0.1');
    const end = () => {
      open.delete(end);
      for (const socket of [client, broker]) socket.destroy();
    };
    open.add(end);
    for (const socket of [client, broker]) socket.on('error', end).on('close', end);
    const sent = sieve('client', protocolHeaderBytes, isLost);
    const answered = sieve('broker', 0, isLost);
    client.on('data', (chunk) => broker.write(sent(chunk)));
    broker.on('data', (chunk) => client.write(answered(chunk)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ending.after(async () => {
    const closed = once(server, 'close');
    server.close();
    cut();
    await closed;
  });
  through.port = `${(server.address() as AddressInfo).port}`;
  return { url: through.href, cut };

  function cut(): void {
    for (const end of open) end();
  }
}

/** What a client says first is no frame: `AMQP` and the version (4.2.2 of the specification). */
const protocolHeaderBytes = 8;
/** A frame is its type, channel and size, then its payload, then one byte to end it (4.2.3). */
const frameHeaderBytes = 7;
const methodFrame = 1;

/** Passes on whole frames without those that get lost. */
function sieve(
  from: PassingMethod['from'],
  headerBytes: number,
  isLost: (passing: PassingMethod) => boolean,
): (chunk: Buffer) => Buffer {
  let pending = Buffer.alloc(0);
  let unframed = headerBytes;
  return (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    const passed: Buffer[] = [];
    const pass = (bytes: number, isKept = true) => {
      if (isKept) passed.push(pending.subarray(0, bytes));
      pending = pending.subarray(bytes);
    };
    if (unframed > 0) {
      if (pending.length < unframed) return Buffer.alloc(0);
      pass(unframed);
      unframed = 0;
    }
    while (pending.length >= frameHeaderBytes) {
      const bytes = frameHeaderBytes + pending.readUInt32BE(3) + 1;
      if (pending.length < bytes) break;
      pass(bytes, !isLostFrame(pending));
    }
    return Buffer.concat(passed);
  };

  function isLostFrame(frame: Buffer): boolean {
    if (frame.readUInt8(0) !== methodFrame) return false;
    const method = `${frame.readUInt16BE(7)}.${frame.readUInt16BE(9)}`;
    return isLost({ from, method, channel: frame.readUInt16BE(1) });
  }
}
