import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';

import { users } from '#contracts/users';
import { type AsyncApi, asyncApiOf } from '#kernel/events/asyncapi';
import { openShop } from '#test/shop';

import { modules } from '../../../src/app.ts';
import { usersModule } from '../../../src/modules/users/module.ts';

const about = { title: 'Seamline', version: '1.0.0', description: 'What the shop tells.' };
const described: AsyncApi = asyncApiOf(
  modules.map(({ contract }) => contract),
  about,
);

function ajv() {
  const made = new Ajv2020({ strict: false, allErrors: true });
  ajvFormats.default(made);
  return made;
}

test('the description is AsyncAPI 3.0, by its own schema', async () => {
  const { default: specs } = await import('@asyncapi/specs');
  const { default: Ajv } = await import('ajv');
  // The schema brings its own copy of draft 7.
  const draft7 = new Ajv.default({ strict: false, meta: false, validateSchema: false });
  ajvFormats.default(draft7);
  const check = draft7.compile(specs.schemas['3.0.0'] as object);
  const written: object = JSON.parse(JSON.stringify(described));
  assert.ok(check(written), draft7.errorsText(check.errors));
  assert.equal(check({ ...written, operations: { tell: { action: 'shout' } } }), false);
});

test('every event of every module is in it, and every reference leads somewhere', () => {
  const all = modules.flatMap(({ contract }) =>
    Object.keys(contract.events).map((event) => `${contract.name}.${event}`),
  );
  assert.deepEqual(Object.keys(described.components.messages).sort(), all.sort());
  const text = JSON.stringify(described);
  for (const [, path = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const found = path
      .split('/')
      .reduce<unknown>((node, key) => (node as Record<string, unknown>)?.[key], described);
    assert.ok(found, path);
  }
});

test('an event that was published is what the description says', async () => {
  const shop = await openShop({
    modules: [usersModule],
    settings: { ADMIN_PASSWORD: 'correct admin battery' },
  });
  const input = { email: 'ada@example.com', password: 'correct horse', username: 'Ada' };
  await shop.call(users.calls.createUser, input);
  await shop.settled();
  const events = await shop.published(users);
  assert.ok(events.length > 0);
  for (const event of events) {
    const check = ajv().compile(described.components.messages[event.type]?.payload ?? false);
    assert.ok(check(event), JSON.stringify(check.errors));
    assert.equal(check({ ...event, data: {} }), false);
    assert.equal(check({ ...event, sequence: 0 }), false);
  }
});
