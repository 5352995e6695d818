import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { test } from 'node:test';
import sharp from 'sharp';

import { Customer } from '#test/customer';
import { fileEnd } from '#test/file-end';
import { beginUpload, type Pace } from '#test/form-upload';
import { growthMb } from '#test/memory';
import { doorAndTwoMore, startSplit } from '#test/split-shop';
import { temporaryFolder } from '#test/temp-folder';
import { until } from '#test/until';

const mb = 2 ** 20;
const dataDir = temporaryFolder(fileEnd);
const shop = await startSplit({ hosts: doorAndTwoMore, dataDir });
fileEnd.after(() => shop.stop());
const url = shop.urls[0] ?? '';
const pidOf = (name: string) => shop.hosts.find((host) => host.name === name)?.pid ?? 0;
const [front, media] = [pidOf('front'), pidOf('media')];
const ann = await Customer.signUp(url, 'ann');
const large = await noise(2_300);
assert.ok(large.length > 15 * mb);
const mediaId = await uploaded(large);

/** A picture that nothing makes smaller. */
async function noise(side: number): Promise<Buffer> {
  const raw = { width: side, height: side, channels: 3 } as const;
  return await sharp(randomBytes(side * side * 3), { raw })
    .png({ compressionLevel: 0 })
    .toBuffer();
}

async function uploaded(bytes: Buffer, pace: Pace = {}): Promise<string> {
  const upload = beginUpload(url, ann.token, bytes.length);
  await upload.pour(bytes, pace);
  upload.finish();
  const { status, body } = await upload.told();
  assert.equal(status, 201, JSON.stringify(body));
  return body.id ?? '';
}

function filesLeft(): number {
  return readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !/\.(?:db|sqlite)(?:-\w+)?$/.test(entry.name),
  ).length;
}

async function inFlight(): Promise<number> {
  const metrics = await (await fetch(`${shop.internal.front}/metrics`)).text();
  return Number(/^remote_calls_in_flight\{module="media"\} (\d+)$/m.exec(metrics)?.[1]);
}

test('uploads flow through the door to another host, and neither holds them in memory', async (t) => {
  const rounds = 4;
  const sentMb = Math.round((4 * rounds * large.length) / mb);
  const [door, host] = await growthMb([front, media], async () => {
    for (let round = 0; round < rounds; round += 1) {
      await Promise.all(Array.from({ length: 4 }, () => uploaded(large)));
    }
  });
  t.diagnostic(
    `${sentMb} MiB in ${4 * rounds} uploads: the door grew by ${door} MiB, media by ${host} MiB`,
  );
  assert.ok((door ?? 0) < sentMb / 3, `the door grew by ${door} MiB`);
  assert.ok((host ?? 0) < sentMb / 3, `media grew by ${host} MiB`);
});

test('a host that does not take bytes is not sent more, and whoever sends waits', async (t) => {
  const upload = beginUpload(url, ann.token, large.length);
  await upload.pour(large.subarray(0, mb));
  process.kill(media, 'SIGSTOP');
  const rest = upload.pour(large.subarray(mb));
  let before = -1;
  const isStill = () => {
    const is = upload.sent() === before;
    before = upload.sent();
    return is;
  };
  await until(isStill, { what: 'the sender to be held up', everyMs: 300 });
  const held = upload.sent() / mb;
  process.kill(media, 'SIGCONT');
  await rest;
  upload.finish();
  assert.equal((await upload.told()).status, 201);
  t.diagnostic(`held up after ${held.toFixed(1)} of ${(large.length / mb).toFixed(1)} MiB`);
  assert.ok(held < 12, `${held} MiB were taken for somebody who takes none`);
});

test('a slow client is waited for', async () => {
  const small = await noise(200);
  await uploaded(small, { everyMs: 20, size: 4 * 1024 });
});

test('what breaks off, and what is no picture, leaves nothing behind', async (t) => {
  const before = filesLeft();
  const broken = beginUpload(url, ann.token, large.length);
  await broken.pour(large.subarray(0, 4 * mb));
  await until(() => filesLeft() === before + 1, { what: 'the upload to have begun' });
  broken.breakOff();
  await until(async () => filesLeft() === before && (await inFlight()) === 0, {
    what: 'the broken upload to be forgotten at both ends',
  });

  const program = beginUpload(url, ann.token, large.length);
  await program.pour(Buffer.alloc(large.length, 'MZ'), { everyMs: 1 });
  const refused = await program.told();
  assert.deepEqual([refused.status, refused.body.code], [422, 'unsupported_image']);
  t.diagnostic(`refused after ${(program.sent() / mb).toFixed(1)} MiB`);
  assert.ok(program.sent() < large.length, 'it is refused before all of it was sent');

  const stranger = beginUpload(url, 'nobody', large.length);
  await stranger.pour(large, { everyMs: 1 });
  assert.equal((await stranger.told()).status, 401);
  assert.equal(filesLeft(), before);
});

test('pictures of another host come whole, in parts, or not at all to who has them', async () => {
  const address = `${url}/api/media/${mediaId}?w=300&format=png`;
  const whole = await fetch(address);
  const bytes = Buffer.from(await whole.arrayBuffer());
  const { width } = await sharp(bytes).metadata();
  const etag = whole.headers.get('etag') ?? '';
  assert.deepEqual([whole.status, width], [200, 300]);
  assert.equal(whole.headers.get('content-length'), `${bytes.length}`);
  assert.match(whole.headers.get('cache-control') ?? '', /immutable/);
  const ask = async (headers: Record<string, string>, method = 'GET') => {
    const answer = await fetch(address, { method, headers });
    const body = Buffer.from(await answer.arrayBuffer());
    return { status: answer.status, range: answer.headers.get('content-range'), body };
  };
  const known = await ask({ 'if-none-match': `"other", W/${etag}` });
  assert.deepEqual([known.status, known.body.length], [304, 0]);
  const part = await ask({ range: 'bytes=1000-1999', 'if-range': etag });
  assert.deepEqual([part.status, part.range], [206, `bytes 1000-1999/${bytes.length}`]);
  assert.deepEqual(part.body, bytes.subarray(1000, 2000));
  const end = await ask({ range: 'bytes=-10' });
  assert.deepEqual([end.status, end.body], [206, bytes.subarray(-10)]);
  assert.equal((await ask({ range: 'bytes=0-9', 'if-range': '"other"' })).status, 200);
  assert.equal((await ask({ range: `bytes=${bytes.length}-` })).status, 416);
  assert.deepEqual((await ask({}, 'HEAD')).body.length, 0);
  await until(async () => (await inFlight()) === 0, { what: 'every source to be let go' });
});

test('a reader who does not read holds up the host that sends, and fills nobody’s memory', async (t) => {
  const address = `${url}/api/media/${mediaId}?format=png`;
  const whole = Buffer.from(await (await fetch(address)).arrayBuffer());
  const digest = createHash('sha256').update(whole).digest('hex');
  const readers: IncomingMessage[] = [];
  const [door, host] = await growthMb([front, media], async () => {
    for (let count = 0; count < 32; count += 1) {
      const asked = request(address, { agent: false }).end();
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      readers.push(response);
    }
    assert.equal(await inFlight(), 32);
    // One who reads is served meanwhile, on the same connection between the hosts.
    assert.equal((await (await fetch(address)).arrayBuffer()).byteLength, whole.length);
  });
  const ofAll = Math.round((33 * whole.length) / mb);
  t.diagnostic(`${ofAll} MiB asked for by 33: the door grew by ${door} MiB, media by ${host} MiB`);
  assert.ok((door ?? 0) < ofAll / 3, `the door grew by ${door} MiB`);
  assert.ok((host ?? 0) < ofAll / 3, `media grew by ${host} MiB`);
  for (const reader of readers.splice(4)) reader.destroy();
  await until(async () => (await inFlight()) === 4, { what: 'those who left to be let go' });
  for (const reader of readers) {
    const hash = createHash('sha256');
    for await (const chunk of reader) hash.update(chunk);
    assert.equal(hash.digest('hex'), digest);
  }
  await until(async () => (await inFlight()) === 0, { what: 'all to be over' });
});

test('a picture whose host ends in the middle is cut off, and nobody takes a part for the whole', async () => {
  const asked = request(`${url}/api/media/${mediaId}?format=png`, { agent: false }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  assert.equal(response.statusCode, 200);
  const host = shop.hosts.find(({ name }) => name === 'media');
  await host?.kill();
  let size = 0;
  await assert.rejects(async () => {
    for await (const chunk of response) size += chunk.length;
  }, /aborted/);
  assert.ok(size < large.length);
  await until(async () => (await inFlight()) === 0, { what: 'the source to be let go' });
  const away = await fetch(`${url}/api/media/${mediaId}`);
  assert.equal(away.status, 503);
  assert.match(await away.text(), /provider_unavailable|not_asked/);
  await host?.start();
  await until(async () => (await fetch(`${url}/api/media/${mediaId}?w=300&format=png`)).ok, {
    what: 'pictures to be shown again',
    timeoutMs: 20_000,
  });
});
