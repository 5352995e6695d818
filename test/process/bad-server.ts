import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

import type { SigningKey } from '#kernel/trust/service-keys';

import { tokenOf } from './thief.ts';

/** No number, and no text: what makes one of it throws. */
export const evil = { toString: 1, valueOf: 1 };

/** A host that others call, and that answers nonsense. */
export type BadServer = {
  readonly server: Server;
  readonly url: string;
  readonly answers: readonly Answer[];
  /** Which of them have been sent. */
  readonly answered: ReadonlySet<number>;
  /** How many connections have come. */
  asked(): number;
};

type Answer = {
  /** Whether it proves itself before. */
  readonly isProven: boolean;
  readonly messages: readonly (readonly unknown[])[];
};

const ids = Array.from({ length: 16 }, (_, id) => id);
const toAll = (make: (id: number) => readonly unknown[]): Answer => ({
  isProven: true,
  messages: ids.map(make),
});
const greeting = (value: unknown): Answer => ({ isProven: false, messages: [[1, value]] });

const answers: readonly Answer[] = [
  greeting(evil),
  toAll((id) => [7, id, evil]),
  greeting({ nonce: 'n', token: 't', contracts: { payments: evil }, callsInFlight: evil }),
  toAll((id) => [8, id, evil]),
  { isProven: false, messages: [7, 8, 9, 11, 12, 13].map((kind) => [kind, evil, evil]) },
  toAll((id) => [8, id, { failure: { contract: evil, code: evil, kind: evil, title: evil } }]),
  { isProven: false, messages: [[10, 1, evil, evil]] },
  toAll((id) => [10, id, evil, evil]),
  toAll((id) => [9, id, evil, true]),
  toAll((id) => [12, id, evil]),
  { isProven: true, messages: [[16, evil]] },
];

/** Stands where the host of `key` should be; each connection is answered with other nonsense. */
export async function openBadServer(
  { host, modules }: { readonly host: string; readonly modules: readonly string[] },
  key: SigningKey,
): Promise<BadServer> {
  const answered = new Set<number>();
  let asked = 0;
  const server = createServer((_request, response) => response.writeHead(500).end());
  server.on('upgrade', ({ headers }: IncomingMessage, socket: Socket) => {
    socket.on('error', () => undefined);
    const nth = asked % answers.length;
    const { isProven, messages } = answers[nth] as Answer;
    asked += 1;
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: seamline-stream/1\r\n\r\n',
    );
    const nonce = String(headers['x-seamline-nonce']);
    const token = tokenOf({ iss: host, mods: modules, aud: 'greeting', nonce }, key);
    const good = { nonce: 'n'.repeat(43), token, contracts: {}, callsInFlight: 100 };
    if (isProven) socket.write(frame([[1, good]]));
    const say = () => {
      answered.add(nth);
      socket.end(frame(messages));
    };
    // One that has proven itself waits until it is asked: behind the caller's own proof.
    if (!isProven) say();
    else {
      let heard = 0;
      socket.on('data', () => {
        heard += 1;
        if (heard === 2) say();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${port}`, answers, answered, asked: () => asked };
}

function frame(messages: readonly (readonly unknown[])[]): Buffer {
  const body = Buffer.from(JSON.stringify(messages));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length);
  head[4] = 1;
  return Buffer.concat([head, body]);
}
