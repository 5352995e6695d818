import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { defineContract, download, upload } from '#kernel/contract';
import { failure } from '#kernel/failure';
import { type Handler, twoSteps } from '#kernel/handlers';
import { defineModule } from '#kernel/module';
import { FileHead, Type } from '#kernel/schema';
import { migration } from '#kernel/stores/migration';
import { openShop, type Shop } from '#test/shop';

const shelf = defineContract('shelf', {
  calls: {
    keep: upload('Keeps a file.', {
      input: Type.Object({ name: Type.String() }),
      output: Type.Object({ size: Type.Integer() }),
    }),
    show: download('Shows a file.', {
      input: Type.Object({ name: Type.String() }),
      output: Type.Object({ ...FileHead.properties, name: Type.String() }),
    }),
  },
  events: {},
  errors: { unknownFile: failure('not_found', 'There is no such file.') },
});

let preparations = 0;

const keep = twoSteps<typeof shelf.calls.keep, string>(
  async (_ctx, _input, _read, bytes) => {
    preparations += 1;
    let text = '';
    for await (const chunk of bytes) text += Buffer.from(chunk).toString('latin1');
    return text;
  },
  async (tx, { name }, { prepared }) => {
    await tx.sql`insert into files (name, body) values (${name}, ${prepared})`;
    return { size: prepared.length };
  },
);

const show: Handler<typeof shelf.calls.show> = async (read, { name }) => {
  const [row] = await read.sql<{ body: string }>`select body from files where name = ${name}`;
  if (!row) throw shelf.errors.unknownFile();
  return { head: { mediaType: 'text/plain', etag: '"1"', name }, bytes: inOne(row.body) };
};

async function* inOne(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text, 'latin1');
}

const shelfModule = defineModule({
  contract: shelf,
  calls: [],
  hears: [],
  store: {
    entities: [],
    migrations: [
      migration('0001-shelf', ['create table files (name text primary key, body text not null)']),
    ],
  },
  wire: () => ({ handlers: { keep, show } }),
});

let shop: Shop;
before(async () => {
  shop = await openShop({ modules: [shelfModule] });
});

test('bytes that are uploaded come back as they were, however they are cut on the way', async () => {
  const text = `${'x'.repeat(100_000)}end`;
  assert.deepEqual(await shop.upload(shelf.calls.keep, { name: 'long' }, inOne(text)), {
    size: 100_003,
  });
  const { head, bytes } = await shop.download(shelf.calls.show, { name: 'long' });
  assert.equal(head.name, 'long');
  assert.equal(bytes?.toString('latin1'), text);
});

test('an upload that is repeated with its key answers the first answer, and reads nothing', async () => {
  const name = 'twice';
  const first = await shop.upload(shelf.calls.keep, { name }, inOne('abc'), { key: 'k' });
  const before = preparations;
  let wasRead = false;
  async function* again(): AsyncGenerator<Uint8Array> {
    wasRead = true;
    yield Buffer.from('abc');
  }
  assert.deepEqual(await shop.upload(shelf.calls.keep, { name }, again(), { key: 'k' }), first);
  assert.equal(preparations, before);
  assert.equal(wasRead, false);
});

test('bytes that break off leave nothing behind, and the same key may try again', async () => {
  const name = 'broken';
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('abc');
    throw new Error('the line is dead');
  }
  await assert.rejects(shop.upload(shelf.calls.keep, { name }, broken(), { key: 'b' }));
  await assert.rejects(shop.download(shelf.calls.show, { name }), shelf.errors.unknownFile.is);
  const again = await shop.upload(shelf.calls.keep, { name }, inOne('abcd'), { key: 'b' });
  assert.deepEqual(again, { size: 4 });
});

test('a file that is not there is refused as declared', async () => {
  const refused = shop.download(shelf.calls.show, { name: 'nothing' });
  await assert.rejects(refused, shelf.errors.unknownFile.is);
});
