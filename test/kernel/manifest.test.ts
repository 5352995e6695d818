import assert from 'node:assert/strict';
import { test } from 'node:test';

import { command, defineContract, event } from '#kernel/contract';
import { on } from '#kernel/handlers';
import { route } from '#kernel/http/route';
import { defineModule } from '#kernel/module';
import { Id, Type } from '#kernel/schema';
import { openShop } from '#test/shop';

const bell = defineContract('bell', {
  calls: {
    ring: command('Rings.', { input: Type.Object({}), output: Type.Object({}) }),
  },
  events: { rang: event('It rang.', { subject: 'id', data: Type.Object({ id: Id }) }) },
  errors: {},
});
const dog = defineContract('dog', { calls: {}, events: {}, errors: {} });

const nothing = { entities: [], migrations: [] };

test('a module can not hear a contract that its manifest does not name', async () => {
  const dogModule = defineModule({
    contract: dog,
    calls: [],
    hears: [],
    store: nothing,
    wire: () => ({ handlers: {}, subscriptions: [on(bell.events.rang, () => undefined)] }),
  });

  await assert.rejects(
    openShop({ modules: [dogModule] }),
    /dog subscribes to bell\.rang, and its manifest does not hear bell/,
  );
});

test('a module can not call a contract that nobody serves, and is told so at start', async () => {
  const dogModule = defineModule({
    contract: dog,
    calls: [bell],
    hears: [],
    store: nothing,
    wire: () => ({ handlers: {} }),
  });

  await assert.rejects(openShop({ modules: [dogModule] }), /dog calls bell\.ring, and no module/);
});

test('a module can not open a door to a call of another', () => {
  assert.throws(
    () =>
      defineModule({
        contract: dog,
        calls: [],
        hears: [],
        store: nothing,
        routes: [route('POST /api/bell', bell.calls.ring, { access: 'anyone' })],
        wire: () => ({ handlers: {} }),
      }),
    /Route \/api\/bell of dog names a call of bell/,
  );
});

test('parts that need each other are named instead of overflowing the stack', async () => {
  type Parts = { one: object; two: object };
  const dogModule = defineModule<typeof dog, [], Record<never, never>, Parts>({
    contract: dog,
    calls: [],
    hears: [],
    store: nothing,
    parts: {
      one: (_the, parts) => ({ other: parts.two }),
      two: (_the, parts) => ({ other: parts.one }),
    },
    wire: () => ({ handlers: {} }),
  });

  await assert.rejects(
    openShop({ modules: [dogModule] }),
    /Parts one -> two -> one need each other/,
  );
});
