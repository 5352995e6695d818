import assert from 'node:assert/strict';
import test from 'node:test';

import { newTrace } from '#kernel/calls/context';
import { createOutboxHistory, recordedEvents } from '#kernel/events/outbox';
import { freshPlace, openTeller, teller } from '#test/event-parties';
import { fileEnd } from '#test/file-end';
import { storesUnderTest } from '#test/stores';
import { until } from '#test/until';

import { inProcessEvents } from '../../../src/transports/in-process/events.ts';

for (const store of storesUnderTest()) {
  test(`${store.name}: an event carries all that a subscriber needs to know of it`, async (t) => {
    const { tell, store: own } = await open(t);
    await tell({ story: 'troy', line: 1 });
    const [event] = await recordedEvents(own);
    assert.match(event?.id ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    assert.match(event?.traceparent ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    assert.ok(Date.parse(event?.time ?? '') > 0);
    assert.deepEqual(
      { ...event, id: '', time: '', traceparent: '' },
      {
        specversion: '1.0',
        id: '',
        source: 'teller',
        type: 'teller.told',
        subject: 'troy',
        sequence: 1,
        time: '',
        datacontenttype: 'application/json',
        traceparent: '',
        data: { story: 'troy', line: 1 },
      },
    );
  });

  test(`${store.name}: events of a subject are numbered without gaps, whoever publishes at once`, async (t) => {
    const { tell, store: own } = await open(t);
    const stories = ['troy', 'ithaca', 'thebes'];
    const telling = Array.from({ length: 60 }, (_, line) =>
      tell(...stories.map((story) => ({ story, line })), { story: 'troy', line }),
    );
    await Promise.all(telling);
    const events = await recordedEvents(own);
    for (const story of stories) {
      const numbers = events.filter((one) => one.subject === story).map((one) => one.sequence);
      const count = story === 'troy' ? 120 : 60;
      assert.deepEqual(
        numbers.sort((a, b) => a - b),
        Array.from({ length: count }, (_, i) => i + 1),
      );
    }
  });

  test(`${store.name}: a transaction that is undone leaves no event and no gap`, async (t) => {
    const { tell, write, store: own } = await open(t);
    await tell({ story: 'troy', line: 1 });
    const undone = write(newTrace(), (tx) => {
      tx.publish(teller.events.told({ story: 'troy', line: 2 }));
      throw new Error('changed my mind');
    });
    await assert.rejects(undone, /changed my mind/);
    await tell({ story: 'troy', line: 3 });
    const told = (await recordedEvents(own)).map(({ sequence, data }) => ({ sequence, data }));
    assert.deepEqual(told, [
      { sequence: 1, data: { story: 'troy', line: 1 } },
      { sequence: 2, data: { story: 'troy', line: 3 } },
    ]);
  });

  test(`${store.name}: the history answers what is missing of a subject, and all that follows a position`, async (t) => {
    const { tell, store: own } = await open(t);
    for (let line = 1; line <= 5; line += 1) await tell({ story: 'troy', line });
    const history = createOutboxHistory(own);
    const some = await history.ofSubject('troy', 2, 3);
    assert.deepEqual(
      some.map(({ sequence }) => sequence),
      [2, 3, 4],
    );
    assert.deepEqual(await history.ofSubject('ithaca', 1, 3), []);

    const all = await until(async () => {
      const page = await history.after(0, 100);
      return page.events.length === 5 && page;
    });
    const first = await history.after(0, 2);
    const rest = await history.after(first.position, 100);
    assert.deepEqual([...first.events, ...rest.events], all.events);
    assert.deepEqual(await history.after(rest.position, 100), {
      events: [],
      position: rest.position,
    });
  });

  async function open(t: test.TestContext) {
    const place = await freshPlace(store, fileEnd);
    const party = await openTeller({ place, transport: inProcessEvents() });
    t.after(() => party.stop());
    return party;
  }
}
