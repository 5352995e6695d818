import assert from 'node:assert/strict';
import { test } from 'node:test';

import { showPools } from '#kernel/discovery/balancer-metrics';
import { createMetrics } from '#kernel/metrics';

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

test('calls spread over the instances of a module, and each has its fair share', () => {
  const { balancer } = scene(4);
  const counts = new Map<string, number>();
  for (let call = 0; call < 4_000; call += 1) {
    const turn = chosen(balancer);
    counts.set(turn.instance.id, (counts.get(turn.instance.id) ?? 0) + 1);
    turn.done('answered');
  }
  assert.equal(counts.size, 4);
  for (const count of counts.values()) assert.ok(count > 850 && count < 1_150, String(count));
});

test('of two the less busy one is chosen, so a slow instance gets less', () => {
  const { balancer, at } = scene(3);
  const stuck = Array.from({ length: 300 }, () => chosen(balancer));
  for (const turn of stuck) if (turn.instance.id !== at(0)) turn.done('answered');
  for (let call = 0; call < 300; call += 1) {
    const turn = chosen(balancer);
    assert.notEqual(turn.instance.id, at(0));
    turn.done('answered');
  }
});

test('what was tried is not tried again while anybody else is known', () => {
  const { balancer, at } = scene(3);
  const tried = new Set([at(0), at(2)]);
  for (let call = 0; call < 50; call += 1) {
    assert.equal(balancer.choose('orders', tried)?.instance.id, at(1));
  }
  const all = new Set([at(0), at(1), at(2)]);
  assert.ok(balancer.choose('orders', all), 'a single instance may be tried twice');
});

test('an instance that vanishes gets no more calls; one that stays keeps its record', () => {
  const told = tellable(['a', 'b', 'c']);
  const { balancer, clock } = sceneOf(told.discovery);
  failInRow(balancer, 'a', policy.failuresInRow);
  const late = chosen(balancer, 'b');
  told.tell(['a', 'c', 'd']);
  assert.deepEqual([...idsOf(balancer, 200)].sort(), ['c', 'd']);
  late.done('failed');
  assert.equal(ejected(balancer), 1);

  clock.advance(1_250);
  assert.equal(chosen(balancer).instance.id, 'a');
});

test('a new process at an old address begins with a clean record', () => {
  const told = tellable(['a', 'b']);
  const { balancer } = sceneOf(told.discovery);
  failInRow(balancer, 'a', policy.failuresInRow);
  told.tell(['a2', 'b'], ['http://a', 'http://b']);
  assert.equal(ejected(balancer), 0);
  assert.ok(idsOf(balancer, 200).has('a2'));
});

test('whoever waits for the first instance is told of it, or that the time is over', async () => {
  const told = tellable([]);
  const { balancer } = sceneOf(told.discovery);
  assert.equal(balancer.choose('orders'), undefined);
  const found = balancer.awaitInstance('orders', new AbortController().signal);
  const impatient = new AbortController();
  const missed = balancer.awaitInstance('orders', impatient.signal);
  impatient.abort();
  assert.equal(await missed, false);
  told.tell(['a']);
  assert.equal(await found, true);
  assert.equal(await balancer.awaitInstance('orders', impatient.signal), true);
  assert.equal(balancer.choose('orders')?.instance.id, 'a');
});

test('whoever measures sees how many instances are known and left out', async () => {
  const { balancer, at } = scene(3);
  const metrics = createMetrics();
  showPools(metrics, balancer.survey);
  failInRow(balancer, at(0), policy.failuresInRow);
  const shown = await metrics.render();
  for (const [name, value] of [
    ['instances_known', 3],
    ['instances_ejected', 1],
    ['instance_ejections', 1],
  ]) {
    assert.ok(shown.includes(`${name}{module="orders"} ${value}\n`), shown);
  }
});
