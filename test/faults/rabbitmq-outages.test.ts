import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { connect } from 'amqplib';

import { fileEnd } from '#test/file-end';
import { rabbitBinaries, startRabbit } from '#test/rabbitmq';
import { until } from '#test/until';

import { more, openStage, type Stage, tellSteadily } from './rabbitmq-stage.ts';

/** Twice what the relay waits for a publish: whoever takes longer has hung. */
const inTimeMs = 10_000;
const outages = 5;
/** Longer outages for a longer run: `OUTAGE_SECONDS=20`. */
const awayMs = Number(process.env.OUTAGE_SECONDS ?? 0) * 1000;

if (rabbitBinaries()) {
  const broker = await startRabbit();
  fileEnd.after(() => broker.stop());

  test('killed and started again five times under load, it loses and doubles nothing', async (t) => {
    const stage = await openStage(t, broker.url);
    const load = tellSteadily(stage.teller);
    for (let outage = 1; outage <= outages; outage += 1) {
      await more(load, 100);
      const { refusals } = stage.witness;
      await broker.kill();
      const awayUntil = performance.now() + awayMs;
      await more(load, 50);
      await until(() => stage.witness.refusals > refusals && performance.now() > awayUntil, {
        what: `refusals in outage ${outage}`,
        timeoutMs: awayMs + 10_000,
      });
      await broker.start();
      const { size } = stage.witness.arrived;
      await until(() => stage.witness.arrived.size > size, { timeoutMs: 20_000 });
    }
    await exact(t, stage, await load.stop());
  });

  test('a broker that stands still makes publishers fail in time, and goes on where it stood', async (t) => {
    const stage = await openStage(t, broker.url);
    const load = tellSteadily(stage.teller);
    await more(load, 100);
    const { refusals } = stage.witness;
    broker.pause();
    t.after(() => broker.resume());
    // Refused for want of an answer, then for want of a connection: its heart has stopped.
    await until(() => stage.witness.reason.includes('no connection'), { timeoutMs: 20_000 });
    assert.ok(stage.witness.refusals > refusals);
    broker.resume();
    await more(load, 100);
    await exact(t, stage, await load.stop());
    const connections = await broker.control('list_connections', '--silent', 'pid');
    assert.equal(connections.trim().split('\n').length, 4, connections);
  });

  test('a queue deleted with events in it is declared again, and the owner is asked for them', async (t) => {
    const gate = Promise.withResolvers<void>();
    const beforeReceive = () => gate.promise;
    const stage = await openStage(t, broker.url, { beforeReceive });
    const told = Array.from({ length: 40 }, (_, line) => ({ story: `story ${line % 8}`, line }));
    for (const line of told) {
      await stage.teller.tell(line);
      await until(async () => (await stage.teller.relay.lag()).rows === 0);
    }
    const connection = await connect(broker.url);
    const channel = await connection.createChannel();
    const queue = `${stage.bus.prefix}.teller.listener`;
    const { messageCount } = await channel.deleteQueue(queue);
    await connection.close();
    assert.notEqual(messageCount, 0);

    gate.resolve();
    await stage.heardAll(told);
    const load = tellSteadily(stage.teller);
    await more(load, 1);
    const { size } = stage.witness.arrived;
    const [what, timeoutMs] = ['the queue to be heard again', 30_000];
    await until(() => stage.witness.arrived.size > size, { what, timeoutMs });
    await load.stop();
  });

  test('a broker out of memory refuses events in time, brings what it has, and recovers', async (t) => {
    const stage = await openStage(t, broker.url);
    const load = tellSteadily(stage.teller);
    await more(load, 100);
    await broker.control('set_vm_memory_high_watermark', 'absolute', '1MB');
    await until(() => stage.witness.reason.includes('takes no events'), { timeoutMs: 20_000 });
    await more(load, 100);
    await broker.control('set_vm_memory_high_watermark', '0.4');
    await exact(t, stage, await load.stop());
  });
}

/** All told has taken effect once, in order; the wire kept its word; no publisher hung. */
async function exact(
  t: TestContext,
  { witness, heardAll, wireLostNothing }: Stage,
  told: Parameters<Stage['heardAll']>[0],
): Promise<void> {
  await heardAll(told);
  await wireLostNothing();
  const { refusals, slowestMs } = witness;
  assert.ok(slowestMs < inTimeMs, `a publish took ${slowestMs} ms`);
  t.diagnostic(JSON.stringify({ told: told.length, refusals, slowestMs: Math.round(slowestMs) }));
}
