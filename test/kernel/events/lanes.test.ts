import assert from 'node:assert/strict';
import test from 'node:test';

import { createLanes, type RunLane } from '#kernel/events/lanes';
import { createSlots } from '#kernel/events/slots';
import { until } from '#test/until';

const laneOf = (subject: string | number) => ({ source: 'teller', subject: `${subject}` });

test('many lanes run at once, up to the bound, and never one of them twice', async () => {
  const running = new Set<string>();
  let most = 0;
  let runs = 0;
  const run: RunLane = async ({ subject }) => {
    assert.ok(!running.has(subject), `${subject} ran twice at once`);
    running.add(subject);
    most = Math.max(most, running.size);
    await new Promise((resolve) => setImmediate(resolve));
    running.delete(subject);
    runs += 1;
    return undefined;
  };
  const lanes = createLanes({ run, concurrency: 4, refill: () => undefined });
  for (let nth = 0; nth < 100; nth += 1) lanes.ready(laneOf(nth % 20));
  await until(() => runs >= 20 && running.size === 0);
  assert.equal(most, 4);
  await lanes.stop();
});

test('what becomes ready while its lane runs is looked at afterwards', async () => {
  const ends: (() => void)[] = [];
  const run: RunLane = () => new Promise((resolve) => ends.push(() => resolve(undefined)));
  const lanes = createLanes({ run, concurrency: 2, refill: () => undefined });
  lanes.ready(laneOf('troy'));
  lanes.ready(laneOf('troy'));
  lanes.offer(laneOf('troy'));
  assert.equal(ends.length, 1);
  ends[0]?.();
  await until(() => ends.length === 2);
  ends[1]?.();
  await lanes.stop();
});

test('a lane that rests comes back by itself, or at once when something has come for it', async () => {
  let runs = 0;
  const run: RunLane = async () => (++runs === 1 ? 5 : 60_000);
  const lanes = createLanes({ run, concurrency: 2, refill: () => undefined });
  lanes.ready(laneOf('troy'));
  await until(() => runs === 2);
  lanes.offer(laneOf('troy'));
  lanes.nudge(laneOf('ithaca'));
  assert.equal(runs, 2);
  lanes.nudge(laneOf('troy'));
  await until(() => runs === 3);
  await lanes.stop();
});

test('beyond its bound the plan forgets lanes, and asks for more when it has worked through the others', async () => {
  const seen = new Set<string>();
  const { promise: begin, resolve: go } = Promise.withResolvers<void>();
  const run: RunLane = async ({ subject }) => {
    await begin;
    seen.add(subject);
    return undefined;
  };
  let refills = 0;
  const refill = () => {
    refills += 1;
  };
  const lanes = createLanes({ run, concurrency: 8, refill });
  for (let nth = 0; nth < 12_000; nth += 1) lanes.ready(laneOf(nth));
  assert.equal(refills, 0);
  go();
  await until(() => refills === 1);
  assert.ok(seen.size < 12_000);
  await lanes.stop();
});

test('a stopped plan ends what runs and begins nothing', async () => {
  const ends: (() => void)[] = [];
  const run: RunLane = () => new Promise((resolve) => ends.push(() => resolve(0)));
  const lanes = createLanes({ run, concurrency: 1, refill: () => undefined });
  lanes.ready(laneOf('troy'));
  lanes.ready(laneOf('ithaca'));
  let isStopped = false;
  const stopping = lanes.stop().then(() => {
    isStopped = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(isStopped, false);
  ends[0]?.();
  await stopping;
  lanes.ready(laneOf('thebes'));
  assert.equal(ends.length, 1);
});

test('slots let so many works run and no more, and a failed one frees its slot', async () => {
  const slots = createSlots(2);
  let running = 0;
  let most = 0;
  const work = async (nth: number) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    if (nth === 1) throw new Error('one fails');
    return nth;
  };
  const works = [0, 1, 2, 3, 4].map((nth) => slots.run(() => work(nth)));
  const ended = await Promise.allSettled(works);
  assert.deepEqual(ended.map(({ status }) => status).filter((one) => one === 'rejected').length, 1);
  assert.equal(most, 2);
});
