import assert from 'node:assert/strict';
import test from 'node:test';

import { callFailures } from '#kernel/calls/call-failures';
import { Failure } from '#kernel/failure';
import { someContext } from '#test/call-context';
import { desk as contract } from '#test/call-desk-contract';
import { until } from '#test/until';

import { ask, type CallFact, type CallScene, failureOf } from './call-fact.ts';
import { byteFacts } from './call-transport-bytes.suite.ts';
import { streamFacts } from './call-transport-streams.suite.ts';

/** Runs every fact on a scene of its own. */
export function checkCallTransport(name: string, open: () => Promise<CallScene>): void {
  for (const fact of callTransportFacts) {
    test(`${name}: ${fact.name}`, async (t) => {
      const scene = await open();
      t.after(() => scene.close());
      if (fact.needs !== 'remote' || scene.isRemote) await fact.holds(scene);
    });
  }
}

const plainFacts: readonly CallFact[] = [
  {
    name: 'an answer arrives as it was given, whatever is in it',
    async holds(scene) {
      const values = ['', 'ἄειδε θεά 🏛', '\u0000\u2028"\\', 0, -1.5e-7, null, false, [], [[{}]]];
      for (const value of [...values, { ü: { _: ['x'.repeat(100_000)] } }]) {
        assert.deepEqual(await ask(scene, 'echo', { value }), { value });
      }
    },
  },
  {
    name: 'a failure arrives as the same failure, with its facts',
    async holds(scene) {
      const error = await failureOf(ask(scene, 'refuse'));
      assert.ok(contract.errors.refused.is(error));
      assert.ok(error instanceof Failure);
      assert.deepEqual(error.details, { why: 'because', nested: [{ deep: ['ß', null, 1.5] }] });
      assert.deepEqual([error.kind, error.status], ['payment_refused', 402]);
      assert.equal(error.message, contract.errors.refused.title);
    },
  },
  {
    name: 'of a bug the caller learns that there is one, and whose',
    async holds(scene) {
      const error = await failureOf(ask(scene, 'break'));
      assert.ok(!(error instanceof Failure));
      assert.equal(error.message, 'desk.break broke');
    },
  },
  {
    name: 'the cause of a bug stays where it happened',
    needs: 'remote',
    async holds(scene) {
      const error = await failureOf(ask(scene, 'break'));
      assert.doesNotMatch(`${error.stack} ${(error.cause as Error).stack}`, /a secret/);
    },
  },
  {
    name: 'input that does not fit is refused by field',
    async holds(scene) {
      const error = await failureOf(ask(scene, 'count', { tally: 7 }));
      assert.ok(callFailures.invalidInput.is(error));
      assert.deepEqual(error.details.errors, [{ field: 'tally', message: 'must be string' }]);
    },
  },
  {
    name: 'the provider knows who asks, for whom, in which trace and for how long',
    async holds(scene) {
      const actors = [
        { kind: 'anyone' },
        { kind: 'system', id: 'shop' },
        { kind: 'user', id: 'ü', roles: ['admin'] },
      ] as const;
      for (const actor of actors) {
        const ctx = someContext({ actor, timeoutMs: 5000 });
        const known = await ask<Record<string, unknown>>(scene, 'whoAsks', {}, ctx);
        assert.deepEqual(known.actor, actor);
        assert.deepEqual([known.caller, known.traceId], ['shop', ctx.trace.traceId]);
        const leftMs = Number(known.leftMs);
        assert.ok(leftMs > 0 && leftMs <= 5001, `${leftMs} ms left`);
      }
    },
  },
  {
    name: 'a command that is repeated with its key takes effect once, and answers the same',
    async holds(scene) {
      const key = `repeated ${Math.random()}`;
      const once = () => ask(scene, 'count', { tally: key }, someContext({ key }));
      const answers = await Promise.all([once(), once(), once()]);
      assert.deepEqual(answers, Array(3).fill({ sum: 1, key: `${key}/desk.count` }));
      assert.deepEqual(await once(), answers[0]);
    },
  },
  {
    name: 'keys derive from the work that asks and the name that it gives, whatever their text',
    async holds(scene) {
      const key = `saga:ü%20€ ${Math.random()}`;
      const named = async (name: string) =>
        ask(scene, 'count', { tally: key }, someContext({ key }), { key: name });
      assert.deepEqual(await named('first'), { sum: 1, key: `${key}/desk.count:first` });
      assert.deepEqual(await named('zwölf%'), { sum: 2, key: `${key}/desk.count:zwölf%` });
      assert.deepEqual(await named('first'), { sum: 1, key: `${key}/desk.count:first` });
    },
  },
  {
    name: 'a call whose time is over is refused, and does not run',
    async holds(scene) {
      const late = ask(scene, 'wait', { name: 'late' }, someContext(), { timeoutMs: 0 });
      assert.ok(callFailures.deadlinePassed.is(await failureOf(late)));
      const overdue = ask(scene, 'wait', { name: 'late' }, someContext({ timeoutMs: -1 }));
      assert.ok(callFailures.deadlinePassed.is(await failureOf(overdue)));
      assert.equal(scene.desk.progress('late').begun, 0);
    },
  },
  {
    name: 'a deadline ends the call for its caller, and at its provider',
    async holds(scene) {
      // A deadline that has passed before there is a connection ends nothing at the provider.
      await ask(scene, 'echo', { value: 1 });
      const limit = { timeoutMs: 500 };
      for (const [name, options] of Object.entries({ 'the deadline': {}, 'the option': limit })) {
        const ctx = someContext(name === 'the deadline' ? limit : {});
        const error = await failureOf(ask(scene, 'wait', { name }, ctx, options));
        if (scene.isRemote) assert.ok(callFailures.deadlinePassed.is(error), String(error));
        await until(() => scene.desk.progress(name).aborted === 1, { timeoutMs: 3000 });
      }
    },
  },
  {
    name: 'when the caller goes, the provider stops',
    async holds(scene) {
      const gone = new AbortController();
      const call = ask(scene, 'wait', { name: 'left' }, someContext({ gone }));
      const ended = failureOf(call);
      await until(() => scene.desk.progress('left').begun === 1);
      gone.abort();
      await ended;
      await until(() => scene.desk.progress('left').aborted === 1, { timeoutMs: 3000 });
    },
  },
  {
    name: 'a caller that did not declare the contract is refused',
    async holds({ transport }) {
      const stranger = async () => transport.connect('stranger', 'desk', 'echo')(someContext(), {});
      assert.ok(callFailures.undeclaredCall.is(await failureOf(stranger())));
    },
  },
  {
    name: 'a contract that nobody has can not be connected to',
    async holds({ transport }) {
      assert.throws(() => transport.connect('shop', 'nobody', 'echo'));
    },
  },
  {
    name: 'of many calls at once each gets its own answer, in whatever order they are given',
    async holds(scene) {
      const names = Array.from({ length: 150 }, (_, nth) => `crowd ${nth}`);
      const answers = names.map((name) => ask(scene, 'wait', { name }));
      await until(() => names.every((name) => scene.desk.progress(name).begun === 1));
      for (const name of names.toSorted((a, b) => a.localeCompare(b)).reverse()) {
        scene.desk.release(name);
      }
      assert.deepEqual(
        await Promise.all(answers),
        names.map((name) => ({ name })),
      );
    },
  },
  {
    name: 'a payload that is too large is refused clearly, in either direction, and harms no other',
    needs: 'remote',
    async holds(scene) {
      const other = ask(scene, 'wait', { name: 'beside' });
      const big = 'x'.repeat(300_000);
      const directions = [
        () => ask(scene, 'echo', { value: big }),
        () => ask(scene, 'inflate', { size: big.length }),
      ];
      for (const call of directions) {
        const error = await failureOf(call());
        assert.ok(error instanceof Failure, String(error));
        assert.deepEqual([error.kind, error.code], ['too_large', 'payload_too_large']);
        assert.equal((error.details as { limitBytes: number }).limitBytes, 262_144);
      }
      scene.desk.release('beside');
      assert.deepEqual(await other, { name: 'beside' });
    },
  },
  {
    name: 'no name of a field changes what objects inherit',
    async holds(scene) {
      const value = JSON.parse(
        '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
      );
      const answer = await ask<{ value: object }>(scene, 'echo', { value });
      const copied = Object.assign({}, scene.isRemote ? answer.value : {});
      assert.equal((copied as { polluted?: number }).polluted, undefined);
      assert.equal(({} as { polluted?: number }).polluted, undefined);
    },
  },
];

/** What carries calls promises this, in one process as between many. */
export const callTransportFacts: readonly CallFact[] = [
  ...plainFacts,
  ...streamFacts,
  ...byteFacts,
];
