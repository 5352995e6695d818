import { readdirSync, readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { type AppProcess, startApp } from '#test/app-process';
import { Customer } from '#test/customer';
import { bombPng, framesGif, inChunks, picture, svgWithScript } from '#test/pictures';
import { until } from '#test/until';

/** What somebody sends as a picture, and under which name. */
type Upload = {
  readonly what: string;
  readonly name: string;
  /** All of it; or as much as comes before the line breaks. */
  readonly bytes: AsyncIterable<Uint8Array> | Buffer;
  /** What the form is said to hold, where that is not what is sent. */
  readonly size?: number;
  readonly breaks?: true;
};

export type Outcome = {
  readonly what: string;
  readonly sent: number;
  /** `422 image_too_large`; `broken off` where there was nobody left to answer. */
  readonly answer: string;
  readonly ms: number;
  /** Resident memory of the shop and the processes that it decodes pictures in, at the worst moment. */
  readonly peakMb: number;
  /** Files more than before, anywhere below the data folder; an accepted picture is one. */
  readonly filesLeft: number;
};

const mb = 2 ** 20;

async function uploads(): Promise<readonly Upload[]> {
  const good = await picture(1200, 800);
  const tail = Buffer.from('<script>alert(1)</script>PK\x03\x04');
  return [
    { what: 'a good picture', name: 'mug.png', bytes: good },
    { what: 'PNG of 14,000 × 14,000 pixels', name: 'bomb.png', bytes: bombPng() },
    { what: 'GIF of 100,000 frames', name: 'film.gif', bytes: framesGif(100_000) },
    { what: 'SVG with a script', name: 'logo.svg', bytes: svgWithScript },
    { what: 'a program called .png', name: 'a.png', bytes: Buffer.from('MZ\x90\x00'.repeat(99)) },
    { what: 'the magic of a PNG, then noise', name: 'b.png', bytes: noise(good.subarray(0, 8)) },
    {
      what: 'a picture with a script behind it',
      name: 'c.png',
      bytes: Buffer.concat([good, tail]),
    },
    { what: 'a picture called ../../../../evil.png', name: '../../../../evil.png', bytes: good },
    { what: '200 MB, and it says so', name: 'd.png', bytes: endless(good), size: 200 * mb },
    { what: '200 MB, and it says 1 MB', name: 'e.png', bytes: endless(good), size: 1 * mb },
    { what: 'half a picture, then nothing', name: 'f.png', bytes: good.subarray(0, 2_000) },
    { what: 'a stream that breaks', name: 'g.png', bytes: good, size: 5 * mb, breaks: true },
  ];
}

function noise(head: Buffer): Buffer {
  const bytes = Buffer.alloc(300_000);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = (at * 2_654_435_761) >>> 24;
  return Buffer.concat([head, bytes]);
}

async function* endless(head: Buffer): AsyncGenerator<Uint8Array> {
  yield head;
  const more = Buffer.alloc(64 * 1024, 7);
  for (let sent = head.length; sent < 200 * mb; sent += more.length) yield more;
}

/** Sends all that hostile visitors send, one after the other, to a shop of its own. */
export async function sendHostileUploads(place: { port: number; dataDir: string }) {
  const shop = await startApp({ ...place, env: { DEMO: '0', ADMIN_PASSWORD: 'correct battery' } });
  try {
    const eve = await Customer.signUp(shop.url, 'eve');
    const outcomes: Outcome[] = [];
    for (const upload of await uploads()) {
      outcomes.push(await observed(shop, place.dataDir, eve.token, upload));
    }
    return outcomes;
  } finally {
    await shop.kill();
  }
}

async function observed(
  shop: AppProcess,
  dataDir: string,
  token: string,
  upload: Upload,
): Promise<Outcome> {
  const before = filesBelow(dataDir);
  const watched = new AbortController();
  const peak = watchMemory(shop.pid, watched.signal);
  const startedAt = performance.now();
  const { answer, sent } = await send(shop.url, token, upload);
  const ms = Math.round(performance.now() - startedAt);
  // The shop hears of a line that broke a moment later than who broke it.
  const expected = answer.startsWith('201') ? 1 : 0;
  const left = () => filesBelow(dataDir) - before;
  await until(() => left() <= expected, { what: 'unfinished files to go' }).catch(() => undefined);
  watched.abort();
  return { what: upload.what, sent, answer, ms, peakMb: await peak, filesLeft: left() };
}

type Sent = { readonly answer: string; readonly sent: number };

/** As a form by hand: what it says of itself may be a lie. */
async function send(url: string, token: string, upload: Upload): Promise<Sent> {
  const { name, bytes, size, breaks } = upload;
  const edge = 'a-boundary-of-the-tests';
  const head = Buffer.from(
    `--${edge}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: image/png\r\n\r\n`,
  );
  const tail = Buffer.from(`\r\n--${edge}--\r\n`);
  const length = size ?? (Buffer.isBuffer(bytes) ? bytes.length : 0);
  const outgoing = request(`${url}/api/media`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': `multipart/form-data; boundary=${edge}`,
      'content-length': head.length + length + tail.length,
    },
  });
  const answered = new Promise<IncomingMessage | undefined>((resolve) => {
    outgoing.on('response', resolve);
    outgoing.on('error', () => resolve(undefined));
    outgoing.on('close', () => resolve(undefined));
  });
  const sent = await pour(
    outgoing,
    head,
    Buffer.isBuffer(bytes) ? inChunks(bytes) : bytes,
    answered,
  );
  if (breaks) outgoing.destroy();
  else outgoing.end(tail);
  return { answer: await answerOf(await answered), sent };
}

/** Writes until all is sent, or an answer has come before. Answers the bytes of the file. */
async function pour(
  outgoing: ReturnType<typeof request>,
  head: Buffer,
  bytes: AsyncIterable<Uint8Array>,
  answered: Promise<unknown>,
): Promise<number> {
  let isAnswered = false;
  answered.then(() => {
    isAnswered = true;
  });
  outgoing.write(head);
  let sent = 0;
  for await (const chunk of bytes) {
    if (isAnswered || outgoing.destroyed) break;
    sent += chunk.length;
    const drained = new Promise((resolve) => outgoing.once('drain', resolve));
    if (!outgoing.write(chunk)) await Promise.race([drained, answered]);
  }
  return sent;
}

async function answerOf(response: IncomingMessage | undefined): Promise<string> {
  if (!response) return 'broken off';
  let text = '';
  for await (const chunk of response) text += chunk;
  const { code = '' } = JSON.parse(text) as { code?: string };
  return `${response.statusCode} ${code}`.trim();
}

function filesBelow(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    // What SQLite keeps beside a store comes and goes with it.
    (entry) => entry.isFile() && !/\.(?:db|sqlite)(?:-\w+)?$/.test(entry.name),
  ).length;
}

/** The most that the process and those below it had at one moment, in MiB; 0 where there is no /proc. */
async function watchMemory(pid: number, ends: AbortSignal): Promise<number> {
  let peak = 0;
  while (!ends.aborted) {
    peak = Math.max(peak, residentOf(pid));
    await pause(10);
  }
  return Math.round(peak / 1024);
}

function residentOf(pid: number): number {
  try {
    const [, own = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    const below = readFileSync(join('/proc', `${pid}`, 'task', `${pid}`, 'children'), 'utf8');
    const children = below.split(' ').filter(Boolean).map(Number);
    return Number(own) + children.reduce((sum, child) => sum + residentOf(child), 0);
  } catch {
    return 0;
  }
}
