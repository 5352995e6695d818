import assert from 'node:assert/strict';
import test from 'node:test';

import type { FailureRecord } from '#kernel/failure';
import { defineSaga, type SagaStep } from '#kernel/sagas/define-saga';
import {
  afterDone,
  afterLastTry,
  afterRefusal,
  afterResume,
  firstCourse,
  undoneEnd,
} from '#kernel/sagas/saga-course';
import { retryDelayMs } from '#kernel/sagas/saga-retry';

const reason: FailureRecord = {
  ...{ contract: 'shop', code: 'closed', kind: 'conflict', title: 'Closed.', details: undefined },
};
const run = () => undefined;
const step = (name: string, more: Partial<SagaStep<object>> = {}): SagaStep<object> => ({
  ...{ name, run, undo: { run } },
  ...more,
});
const saga = (steps: SagaStep<object>[], undone?: () => void) =>
  defineSaga('walk', { version: 1, steps, ...(undone && { undone }) });
const at = (name: string) => ({ status: 'running', step: name, undo: null }) as const;

test('a saga goes from its first step to its last, and is completed there', () => {
  const walk = saga([step('a'), step('b')]);
  const second = afterDone(walk, firstCourse(walk));
  assert.deepEqual(second, at('b'));
  assert.equal(afterDone(walk, second).status, 'completed');
});

test('steps that have nothing to undo are passed over on the way back', () => {
  const { undo: _, ...looksOnly } = step('b');
  const walk = saga([step('a'), looksOnly, step('c'), step('d')]);
  const back = afterRefusal(walk, at('d'), reason);
  assert.deepEqual(back?.undo?.left, ['c', 'a']);
});

test('a refused first step ends the saga, by way of the ending if there is one', () => {
  assert.equal(afterRefusal(saga([step('a')]), at('a'), reason)?.status, 'undone');
  const withEnding = saga([step('a')], run);
  const end = afterRefusal(withEnding, at('a'), reason);
  assert.deepEqual([end?.status, end?.step], ['undoing', undoneEnd]);
  assert.equal(end && afterDone(withEnding, end).status, 'undone');
});

test('an ending that fails for good waits for a person, and is tried again when resumed', () => {
  const walk = saga([step('a')], run);
  const end = {
    status: 'undoing',
    step: undoneEnd,
    undo: { reason, left: [], failed: [] },
  } as const;
  const parked = afterLastTry(walk, end, reason);
  assert.equal(parked.status, 'manual');
  assert.deepEqual(afterResume(walk, parked), end);
});

test('a pivot that can be undone goes back when its outcome stays unknown; one that cannot is parked', () => {
  const { undo: _, ...final } = step('b', { pivot: true });
  const parked = afterLastTry(saga([step('a'), final]), at('b'), reason);
  assert.equal(parked.status, 'manual');
  const mild = saga([step('a'), step('b', { pivot: true })]);
  assert.deepEqual(afterLastTry(mild, at('b'), reason).undo?.left, ['b', 'a']);
});

test('a saga of whose end nobody would hear is parked after its last try', () => {
  const { undo: _, ...final } = step('a');
  assert.equal(afterLastTry(saga([final]), at('a'), reason).status, 'manual');
  assert.equal(afterRefusal(saga([final]), at('a'), reason)?.status, 'undone');
  assert.equal(afterLastTry(saga([final], run), at('a'), reason).status, 'undoing');
});

test('after the pivot there is no way back', () => {
  const walk = saga([step('a', { pivot: true }), step('b')]);
  assert.equal(afterRefusal(walk, at('b'), reason), undefined);
  assert.equal(afterLastTry(walk, at('b'), reason).status, 'manual');
});

test('undos that failed are collected, and a resumed saga takes them up in their order', () => {
  const walk = saga([step('a'), step('b'), step('c')]);
  const undo = { reason, left: ['b', 'a'], failed: [] };
  const first = afterLastTry(walk, { status: 'undoing', step: 'b', undo }, reason);
  assert.deepEqual([first.status, first.step], ['undoing', 'a']);
  const parked = afterLastTry(walk, first, reason);
  assert.deepEqual([parked.status, parked.undo?.failed], ['manual', ['b', 'a']]);
  const resumed = afterResume(walk, parked);
  assert.deepEqual([resumed.status, resumed.step, resumed.undo], ['undoing', 'b', undo]);
});

test('a step that the definition no longer has is a matter for a person', () => {
  assert.equal(afterLastTry(saga([step('a')]), at('gone'), reason).status, 'manual');
});

test('waits double up to their limit, and are spread over all of it', () => {
  const retry = { attempts: Number.POSITIVE_INFINITY, firstDelayMs: 100, maxDelayMs: 1000 };
  const longest = [1, 2, 3, 4, 5, 5000].map((attempt) => retryDelayMs(retry, attempt, () => 1));
  assert.deepEqual(longest, [100, 200, 400, 800, 1000, 1000]);
  assert.equal(
    retryDelayMs(retry, 4, () => 0),
    0,
  );
});

test('a saga is refused that could not be told apart, or does nothing', () => {
  const define = (name: string, version: number, steps: SagaStep<object>[]) => () =>
    defineSaga(name, { version, steps });
  assert.throws(define('walk', 1, [step('a'), step('a')]), /two steps called a/);
  assert.throws(define('walk', 1, [{ name: 'a' }]), /does nothing/);
  assert.throws(define('walk', 1, []), /no steps/);
  assert.throws(define('walk', 1.5, [step('a')]), /whole version/);
  assert.throws(define("w'); --", 1, [step('a')]), /plain name/);
});
