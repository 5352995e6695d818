import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import type { Span } from '#kernel/ports/telemetry';
import { type RunningTelemetry, startTelemetry } from '#kernel/telemetry/start-telemetry';
import { fileEnd } from '#test/file-end';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '#test/otlp-receiver';
import { until } from '#test/until';

import { type Kitchen, openKitchen, unrecorded } from './recorded-kitchen.ts';

let collector: OtlpReceiver;
let telemetry: RunningTelemetry;
let kitchen: Kitchen;

before(async () => {
  collector = await startOtlpReceiver();
  const started = await startTelemetry(collector.env, { name: 'a kitchen', modules: ['kitchen'] });
  assert.ok(started);
  telemetry = started;
  fileEnd.after(() => telemetry.stop());
  kitchen = await openKitchen(telemetry, 'remote');
});

test('between hosts a call is a span on each side, the one inside of the other', async () => {
  const request = begin();
  await kitchen.serve('soup', request.trace);
  request.end();
  const spans = await spansOf(request, ['process waiter.served', 'publish waiter.served']);
  const [asked, answered] = sides(spans, 'waiter.serve');
  assert.equal(asked?.parentSpanId, request.trace.spanId);
  assert.equal(answered?.parentSpanId, asked?.spanId);
  const [askedToCook, cooked] = sides(spans, 'kitchen.cook');
  assert.equal(askedToCook?.parentSpanId, answered?.spanId);
  assert.equal(cooked?.parentSpanId, askedToCook?.spanId);
  assert.equal(cooked?.facts['seamline.caller'], 'waiter');
  // What a handler knows as its trace is the span around it.
  assert.equal(kitchen.cookedIn.get('soup')?.spanId, cooked?.spanId);
});

test('an event continues the change that published it, and carries that it is recorded', async () => {
  const request = begin();
  await kitchen.serve('stew', request.trace);
  request.end();
  const spans = await spansOf(request, ['process waiter.served', 'publish waiter.served']);
  const [, change] = sides(spans, 'waiter.serve');
  const heard = spans.find(({ name }) => name === 'process waiter.served');
  assert.equal(heard?.parentSpanId, change?.spanId);
  assert.equal(heard?.facts['messaging.consumer.group.name'], 'guest');
  const event = (await kitchen.served()).find(({ subject }) => subject === 'stew');
  assert.equal(event?.traceparent, `00-${change?.traceId}-${change?.spanId}-01`);
});

test('a trace that was not chosen leaves no span anywhere, and its events say so', async () => {
  const trace = unrecorded();
  await kitchen.serve('broth', trace);
  const event = (await kitchen.served()).find(({ subject }) => subject === 'broth');
  assert.equal(event?.traceparent, `00-${trace.traceId}-${trace.spanId}-00`);
  assert.deepEqual(kitchen.cookedIn.get('broth'), trace);

  const later = begin();
  await kitchen.serve('bread', later.trace);
  later.end();
  await spansOf(later, ['process waiter.served']);
  assert.ok(!collector.spans.some(({ traceId }) => traceId === trace.traceId));
});

test('a refusal is told by its code; a bug and a passed deadline are told as broken', async () => {
  const request = begin();
  await assert.rejects(kitchen.cook('eel', request.trace));
  await assert.rejects(kitchen.cook('soufflé', request.trace));
  await assert.rejects(kitchen.cook('rice', request.trace, -1));
  request.end();
  const answered = await until(() => {
    const received = sides(receivedOf(request), 'kitchen.cook').filter(isAnswering);
    return received.length === 3 && received;
  });
  assert.deepEqual(
    answered.map(({ facts, isBroken }) => [
      facts['seamline.failure.code'],
      facts['error.type'],
      isBroken,
    ]),
    [
      ['sold_out', undefined, false],
      [undefined, 'CallBroke', true],
      ['deadline_passed', 'deadline_passed', true],
    ],
  );
  assert.ok(!collector.text().includes('secret words'));
});

test('a stream is a span until its reader leaves', async () => {
  const request = begin();
  const items = kitchen.smell('coffee', request.trace)[Symbol.asyncIterator]();
  await items.next();
  request.end();
  await spansOf(request, ['a request']);
  assert.equal(sides(receivedOf(request), 'kitchen.smell').length, 0);
  await items.return?.();
  const ended = await until(() => {
    const both = sides(receivedOf(request), 'kitchen.smell');
    return both.length === 2 && both;
  });
  assert.ok(ended.every(({ isBroken }) => !isBroken));
});

test('the sampler decides where a trace begins, and once for all of it', async () => {
  const count = 4_000;
  const env = {
    ...collector.env,
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.25',
  };
  await telemetry.stop();
  const some = await startTelemetry(env, { name: 'some', modules: [] });
  assert.ok(some);
  const start = { kind: 'internal', name: 'chosen', facts: {} } as const;
  const chosen = Array.from({ length: count }, () => some.begin(start, undefined)).filter(Boolean);
  assert.ok(chosen.length > 0.2 * count && chosen.length < 0.3 * count, `${chosen.length}`);
  assert.ok(some.begin(start, chosen[0]?.trace));
  assert.equal(some.begin(start, unrecorded()), undefined);
  await some.stop();
});

function begin(): Span {
  const span = telemetry.begin({ kind: 'server', name: 'a request', facts: {} }, undefined);
  assert.ok(span);
  return span;
}

function receivedOf({ trace }: Span): readonly ReceivedSpan[] {
  return collector.spans.filter(({ traceId }) => traceId === trace.traceId);
}

function spansOf(request: Span, names: readonly string[]): Promise<readonly ReceivedSpan[]> {
  return until(() => {
    const spans = receivedOf(request);
    return names.every((name) => spans.some((span) => span.name === name)) && spans;
  });
}

const isAnswering = ({ kind }: ReceivedSpan) => kind === 'server';

/** The caller's span, then the provider's. */
function sides(spans: readonly ReceivedSpan[], name: string): readonly ReceivedSpan[] {
  const both = spans.filter((span) => span.name === name);
  return both.sort((a, b) => Number(isAnswering(a)) - Number(isAnswering(b)));
}
