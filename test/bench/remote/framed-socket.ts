import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

import { type Parcel, packed, type RemoteWay } from './payload.ts';

type Message = { readonly id: number; readonly data: Parcel };

/** The least that there is between two processes: length-prefixed JSON on a socket, a write a message. */
export const framedSocket: RemoteWay = {
  name: 'raw framed socket',

  async serve(port) {
    const server = createServer({ noDelay: true }, (socket) => {
      readFrames(socket, async ({ id, data }) => write(socket, { id, data: await answer(data) }));
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  },

  async connect(port) {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    const waiting = new Map<number, (data: Parcel) => void>();
    let lastId = 0;
    readFrames(socket, ({ id, data }) => {
      waiting.get(id)?.(data);
      waiting.delete(id);
    });
    return (data) =>
      new Promise((resolve) => {
        lastId += 1;
        waiting.set(lastId, resolve);
        write(socket, { id: lastId, data });
      });
  },
};

async function answer(data: Parcel): Promise<Parcel> {
  return packed(data);
}

function write(socket: Socket, message: Message): void {
  const json = JSON.stringify(message);
  const length = Buffer.byteLength(json);
  const frame = Buffer.allocUnsafe(4 + length);
  frame.writeUInt32BE(length);
  frame.write(json, 4);
  socket.write(frame);
}

function readFrames(socket: Socket, take: (message: Message) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    let all = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (all.length >= 4 && all.length >= 4 + all.readUInt32BE()) {
      const end = 4 + all.readUInt32BE();
      take(JSON.parse(all.toString('utf8', 4, end)));
      all = all.subarray(end);
    }
    rest = all;
  });
}
