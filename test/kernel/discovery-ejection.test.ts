import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  chosen,
  ejected,
  failInRow,
  idsOf,
  policy,
  scene,
  sceneOf,
  tellable,
} from './discovery-balancer-scene.ts';

test('an instance that fails again and again is left out, and one probe brings it back', () => {
  const { balancer, clock, at } = scene(3);
  failInRow(balancer, at(0), policy.failuresInRow);
  assert.ok(!idsOf(balancer, 200).has(at(0)));

  clock.advance(1_250);
  const probe = chosen(balancer);
  assert.equal(probe.instance.id, at(0), 'the first call after its time is the probe');
  assert.ok(!idsOf(balancer, 200).has(at(0)), 'and the only one while it lasts');
  probe.done('answered');
  assert.ok(idsOf(balancer, 200).has(at(0)));
});

test('an answer in between makes an instance well: only failures in a row count', () => {
  const { balancer, at } = scene(2);
  for (let round = 0; round < 20; round += 1) {
    failInRow(balancer, at(0), policy.failuresInRow - 1);
    chosen(balancer, at(0)).done('answered');
  }
  assert.equal(ejected(balancer), 0);
});

test('who has just failed is avoided for a second, so that the next try goes elsewhere', () => {
  const { balancer, clock, at } = scene(2);
  chosen(balancer, at(0)).done('failed');
  assert.deepEqual([...idsOf(balancer, 200)], [at(1)]);
  clock.advance(policy.avoidedMs);
  assert.ok(idsOf(balancer, 200).has(at(0)));
});

test('each failed probe doubles the time, up to a limit, and never by the same amount twice', () => {
  const { balancer, clock, at } = scene(3);
  failInRow(balancer, at(0), policy.failuresInRow);
  const waits: number[] = [];
  for (let probe = 0; probe < 6; probe += 1) {
    let waitedMs = 0;
    let turn = chosen(balancer);
    while (turn.instance.id !== at(0)) {
      turn.done('answered');
      clock.advance(10);
      waitedMs += 10;
      turn = chosen(balancer);
    }
    waits.push(waitedMs);
    turn.done('failed');
  }
  [1_000, 2_000, 4_000, 8_000, 8_000, 8_000].forEach((ms, at) => {
    const waited = waits[at] as number;
    assert.ok(waited >= ms * 0.75 && waited <= ms * 1.25 + 10, `${waits}`);
  });
  assert.equal(new Set(waits).size, waits.length, `${waits}`);
});

test('a probe that hangs is not waited for, and one that was given up is tried again at once', () => {
  const { balancer, clock, at } = scene(3);
  failInRow(balancer, at(0), policy.failuresInRow);
  clock.advance(1_250);
  const hung = chosen(balancer);
  assert.equal(hung.instance.id, at(0));
  assert.notEqual(chosen(balancer).instance.id, at(0));

  clock.advance(policy.probeTimeoutMs);
  const second = chosen(balancer);
  assert.equal(second.instance.id, at(0));
  second.done('abandoned');
  assert.equal(chosen(balancer).instance.id, at(0));
});

test('never more than the maximum share is left out, and a single instance never is', () => {
  const four = scene(4);
  for (let call = 0; call < 200; call += 1) chosen(four.balancer).done('failed');
  assert.equal(ejected(four.balancer), 2);

  const one = scene(1);
  for (let call = 0; call < 50; call += 1) chosen(one.balancer).done('failed');
  assert.equal(ejected(one.balancer), 0);
  assert.equal(chosen(one.balancer).instance.id, one.at(0));
});

test('an instance that was ejected is rather tried than one that this call has tried', () => {
  const { balancer, at } = scene(2);
  failInRow(balancer, at(0), policy.failuresInRow);
  assert.equal(balancer.choose('orders', new Set([at(1)]))?.instance.id, at(0));
});

test('failures of calls from before the ejection do not lengthen it', () => {
  const { balancer, clock, at } = scene(3);
  const others = new Set([at(1), at(2)]);
  const early = Array.from({ length: 20 }, () => balancer.choose('orders', others));
  for (const turn of early) turn?.done('failed');
  clock.advance(1_250);
  assert.equal(chosen(balancer).instance.id, at(0));
});

test('done counts once, whatever a transport says twice', () => {
  const { balancer, at } = scene(2);
  const turn = chosen(balancer, at(0));
  for (let time = 0; time < policy.failuresInRow; time += 1) turn.done('failed');
  assert.equal(ejected(balancer), 0);
});

test('when the well ones vanish, the ejected one that has waited longest comes back', () => {
  const told = tellable(['a', 'b', 'c', 'd']);
  const { balancer, clock } = sceneOf(told.discovery);
  failInRow(balancer, 'a', policy.failuresInRow);
  clock.advance(100);
  failInRow(balancer, 'b', policy.failuresInRow);
  told.tell(['a', 'b']);
  assert.equal(ejected(balancer), 1);
  assert.deepEqual([...idsOf(balancer, 50)].length, 1);
});
