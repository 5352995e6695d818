import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';

import { Failure } from '#kernel/failure';
import { someContext } from '#test/call-context';
import { desk } from '#test/call-desk-contract';
import { openHttpHost } from '#test/http-hosts';
import { staticTrust } from '#test/static-trust';
import { until } from '#test/until';

// A mesh may stand between two hosts, and answer in every way that HTTP/1.1 knows.

const json = '{"value":1}';
const typed = 'Content-Type: application/json\r\n';
const sized = `${typed}Content-Length: ${json.length}\r\n`;
const good = `HTTP/1.1 200 OK\r\n${sized}\r\n${json}`;
const chunked = `HTTP/1.1 200 OK\r\n${typed}Transfer-Encoding: chunked\r\n\r\n`;

type Answer = { readonly pieces: readonly string[]; readonly thenEnds?: boolean };

const understood: Readonly<Record<string, Answer>> = {
  'with its length': { pieces: [good] },
  'byte by byte': { pieces: [...good] },
  'in chunks': { pieces: [`${chunked}5\r\n{"val\r\n`, '6\r\nue":1}\r\n0\r\n\r\n'] },
  'in chunks, byte by byte': { pieces: [...`${chunked}5\r\n{"val\r\n6\r\nue":1}\r\n0\r\n\r\n`] },
  'in chunks with more to them, and trailers': {
    pieces: [`${chunked}B;name="a;b"\r\n${json}\r\n00 \r\nETag: x\r\nX-Sum: 1\r\n\r\n`],
  },
  'after others that come beforehand': {
    pieces: [
      'HTTP/1.1 100 Continue\r\n\r\n',
      `HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${good}`,
    ],
  },
  'until the connection ends': {
    pieces: [`HTTP/1.1 200 OK\r\n${typed}\r\n`, json],
    thenEnds: true,
  },
  'of HTTP/1.0': { pieces: [`HTTP/1.0 200 OK\r\n${sized}\r\n${json}`], thenEnds: true },
  'by a server without a word for it': { pieces: [`HTTP/1.1 200\r\n${sized}\r\n${json}`] },
  'with odd names and much space': {
    pieces: [
      `HTTP/1.1 200 OK\r\ncontent-LENGTH: \t 11  \r\nx-empty:\r\nX-Two: a\r\nX-Two: b\r\n\r\n${json}`,
    ],
  },
};

const refused: Readonly<Record<string, Answer>> = {
  'that is none': { pieces: ['SSH-2.0-OpenSSH_9.2\r\n\r\n'] },
  'of two lengths': { pieces: [`HTTP/1.1 200 OK\r\n${sized}Content-Length: 5\r\n\r\n${json}`] },
  'of a length and in chunks': {
    pieces: [`HTTP/1.1 200 OK\r\n${sized}Transfer-Encoding: chunked\r\n\r\n${json}`],
  },
  'of a length that is none': { pieces: ['HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'] },
  'in a coding that nobody asked for': {
    pieces: ['HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
  },
  'with a folded header': { pieces: [`HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\n${sized}\r\n${json}`] },
  'with a space before a colon': { pieces: [`HTTP/1.1 200 OK\r\nX-A : b\r\n${sized}\r\n${json}`] },
  'with a bare line feed': { pieces: [`HTTP/1.1 200 OK\r\nX-A: b\nX-C: d\r\n${sized}\r\n${json}`] },
  'with a head without end': { pieces: [`HTTP/1.1 200 OK\r\nX-A: ${'b'.repeat(17_000)}`] },
  'with a chunk of no size': { pieces: [`${chunked}five\r\n`] },
  'with a chunk that is longer than it says': { pieces: [`${chunked}5\r\n${json}\r\n0\r\n\r\n`] },
  'with trailers without end': { pieces: [`${chunked}0\r\n${'X-A: b\r\n'.repeat(3000)}`] },
  'that upgrades': { pieces: ['HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'] },
  'that is cut off': { pieces: [good.slice(0, -1)], thenEnds: true },
  'that is cut off in a chunk': { pieces: [`${chunked}B\r\n{"value`], thenEnds: true },
  'that is cut off in its head': { pieces: ['HTTP/1.1 200 OK\r\nX-A'], thenEnds: true },
  'that is no JSON': { pieces: ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{"'] },
};

for (const [how, answer] of Object.entries(understood)) {
  test(`an answer ${how} is understood, and so is the next`, async (t) => {
    const { call } = await openTalk(t, [answer, answer, { pieces: [good] }]);
    for (let nth = 0; nth < 3; nth += 1) assert.deepEqual(await call(), { value: 1 });
  });
}

for (const [what, answer] of Object.entries(refused)) {
  test(`an answer ${what} is none, and costs its call and nobody else's`, async (t) => {
    const { call } = await openTalk(t, [answer, { pieces: [good] }]);
    await assert.rejects(
      call(),
      (error) => error instanceof Failure && error.kind === 'unavailable',
    );
    assert.deepEqual(await call(), { value: 1 });
  });
}

test('what comes after an answer, unasked, is taken for nobody’s answer', async (t) => {
  const unasked = 'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"value":2}';
  const { call, connections } = await openTalk(t, [
    { pieces: [good + unasked] },
    { pieces: [good, unasked] },
    { pieces: [good] },
  ]);
  assert.deepEqual(await call(), { value: 1 });
  assert.deepEqual(await call(), { value: 1 });
  await until(() => connections().every((one) => one.destroyed), { what: 'both to be given up' });
  assert.deepEqual(await call(), { value: 1 });
  assert.equal(connections().length, 3);
});

test('what comes after an answer is not the answer of who waits for the connection', async (t) => {
  const unasked = 'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"value":2}';
  const answers = [{ pieces: [good + unasked] }, { pieces: [good] }];
  const { call } = await openTalk(t, answers, { sockets: 1 });
  assert.deepEqual(await Promise.all([call(), call()]), [{ value: 1 }, { value: 1 }]);
});

test('a connection is kept for the next call, for less long than its server says', async (t) => {
  const kept = (seconds: number) => ({
    pieces: [`HTTP/1.1 200 OK\r\nKeep-Alive: timeout=${seconds}\r\n${sized}\r\n${json}`],
  });
  const { call, connections } = await openTalk(t, [kept(60), kept(60), kept(1), kept(60)]);
  await call();
  await call();
  await call();
  assert.equal(connections().length, 1);
  await call();
  assert.equal(connections().length, 2);
});

type Talk = {
  call(): Promise<unknown>;
  /** Those that have carried calls. */
  connections(): readonly Socket[];
};

/** A host of the shop, and a desk that proves itself and then gives these answers, in turn. */
async function openTalk(
  t: TestContext,
  answers: readonly Answer[],
  limits: { readonly sockets?: number } = {},
): Promise<Talk> {
  const provider = staticTrust({ host: 'desk', modules: ['desk'] });
  const connections = new Set<Socket>();
  let given = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined);
    onRequests(socket, async (head) => {
      const nonce = /x-seamline-nonce: (\S+)/.exec(head)?.[1];
      if (nonce) return void socket.write(greetingOf(provider.prove('greeting', nonce).text));
      connections.add(socket);
      const { pieces, thenEnds } = answers[given] as Answer;
      given += 1;
      for (const piece of pieces) {
        await new Promise((resolve) => socket.write(piece, resolve));
      }
      if (thenEnds) socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const host = await openHttpHost({
    host: 'shop',
    modules: ['shop'],
    contracts: [desk],
    mode: 'request',
    limits,
  });
  host.balancer.add('desk', { id: 'desk', url: `http://127.0.0.1:${port}` });
  t.after(async () => {
    await host.close();
    server.close();
  });
  const invoke = host.transport.calls.connect('shop', 'desk', 'echo');
  return {
    call: async () => invoke(someContext(), { value: 1 }),
    connections: () => [...connections],
  };
}

function greetingOf(token: string): string {
  const text = JSON.stringify({ nonce: 'n'.repeat(43), token, contracts: {}, callsInFlight: 10 });
  return `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
}

/** Tells of the head of each request when its body has come too. */
function onRequests(socket: Socket, tell: (head: string) => void): void {
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
    const [head = '', ...rest] = text.split('\r\n\r\n');
    const length = Number(/content-length: (\d+)/.exec(head)?.[1] ?? 0);
    if (rest.length === 0 || rest.join('\r\n\r\n').length < length) return;
    text = '';
    tell(head);
  });
}
