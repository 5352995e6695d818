import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after } from 'node:test';

import { freePort } from '#test/free-port';
import { seamline as runSeamline } from '#test/seamline';
import { temporaryFolder } from '#test/temp-folder';

import { manualSaga, openOperator, parkedEvent } from './open-operator.ts';

const host = await openOperator();
const { orders, notifications } = host;
notifications.entries.push(parkedEvent('e1'));
orders.sagaEntries.push(manualSaga('o1'));

/** The command, asked of the host of these tests. */
function seamline(args: readonly string[], environment: Record<string, string> = {}) {
  const own = { DATA_DIR: host.dataDir, OPERATOR_TOKEN: host.token };
  return runSeamline(args, { ...own, ...environment });
}

test('events are listed for people, and as JSON for programs', async () => {
  const { code, out } = await seamline(['events', 'list', '--state', 'parked']);
  assert.equal(code, 0);
  assert.match(out, /^MODULE +STATE +TRIES +EVENT/);
  assert.match(out, /notifications +parked +10 +orders\.orderCompleted +order-1#3 +e1/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not get through.
  assert.doesNotMatch(out, /\u001b/);
  const json = await seamline(['events', 'list', '--json', '--module', 'notifications']);
  assert.equal(JSON.parse(json.out)[0].event.id, 'e1');
  assert.match((await seamline(['events', 'list', '--state', 'done'])).out, /No such events/);
});

test('events are shown, redriven and discarded', async () => {
  assert.equal(
    JSON.parse((await seamline(['events', 'show', 'e1'])).out)[0].module,
    'notifications',
  );
  assert.match((await seamline(['events', 'redrive', 'e1'])).out, /1 event will be tried again\./);
  assert.match(
    (await seamline(['events', 'redrive', '--all'])).out,
    /1 event will be tried again\./,
  );
  assert.match((await seamline(['events', 'discard', 'e1', 'e2'])).out, /1 event discarded\./);
  assert.match((await seamline(['events', 'redrive', 'e9'])).out, /No parked event was meant/);
  assert.deepEqual(notifications.done, ['redrive e1', 'redrive e1', 'discard e1']);
});

test('sagas are listed, shown, resumed and resolved', async () => {
  const listed = await seamline(['sagas', 'list', '--state', 'manual']);
  assert.match(listed.out, /orders +orders\.checkout +manual +charge +12 .* o1 +The provider/);
  const shown = await seamline(['sagas', 'show', 'o1']);
  assert.match(shown.out, /"step": "charge"[\s\S]*STEP +DIRECTION[\s\S]*reserve +forward +done/);
  assert.match((await seamline(['sagas', 'resume', 'o1'])).out, /1 saga resumed/);
  const how = ['--as', 'undone', '--note', 'refunded by hand'];
  assert.match((await seamline(['sagas', 'resolve', 'o1', ...how])).out, /ended as undone/);
  assert.deepEqual(orders.done, ['resume o1', 'resolve o1 undone refunded by hand']);
});

test('of several sagas each is tried, and who reads is told which was not resumed', async () => {
  const { code, complaint, out } = await seamline(['sagas', 'resume', 'o9', 'o1']);
  assert.equal(code, 1);
  assert.match(complaint, /^o9: There is no such saga.*\no1: resumed\.$/m);
  assert.equal(out, '');
});

test('projections are listed and rebuilt', async () => {
  const listed = await seamline(['projections', 'list', '--module', 'orders']);
  assert.match(listed.out, /orders +sales +1 +live +never/);
  assert.match((await seamline(['projections', 'rebuild', 'sales'])).out, /being rebuilt/);
});

test('what comes round is listed, with when it was done and is due', async () => {
  const { out } = await seamline(['schedules', 'list', '--module', 'orders']);
  assert.match(out, /orders +daily report +0 6 \* \* \* UTC +never +2026-11-24T06:00/);
});

test('what is not there, and what may not be, is told in words', async () => {
  for (const [args, code, words] of [
    [['events', 'show', 'e9'], 1, /No inbox holds this event/],
    [['sagas', 'show', 'o9'], 1, /There is no such saga/],
    [['projections', 'rebuild', 'nothing'], 1, /such a projection/],
    [['events', 'list', '--module', 'weather'], 1, /no such module.* It has orders, notifications/],
    [['events', 'list', '--state', 'lost'], 1, /--state must be/],
    [
      ['events', 'list', '--colour'],
      2,
      /Unknown option '--colour'[\s\S]*Usage: seamline events list/,
    ],
    [['events', 'redrive'], 2, /Name the events, or all of them with --all/],
    [['events', 'redrive', 'e1', '--all'], 2, /Name the events, or all/],
    [['events', 'show'], 2, /Something is missing/],
    [['events', 'show', 'e1', 'e2'], 2, /"e2" is too much/],
    [['sagas', 'resolve', 'o1', '--as', 'undone'], 2, /Say in --note/],
    [['sagas', 'resolve', 'o1', '--note', 'x'], 2, /--as completed, or --as undone/],
    [['events', 'list', '--url', 'nowhere'], 2, /--url nowhere is no address/],
    [['events', 'list', '--url', 'http://127.0.0.1:99999'], 2, /:99999 is no address/],
    [['weather'], 2, /There is no command "weather"/],
  ] as const) {
    const outcome = await seamline(args);
    assert.equal(outcome.code, code, args.join(' '));
    assert.match(outcome.complaint, words);
    assert.doesNotMatch(outcome.complaint, /^\s+at /m);
    assert.equal(outcome.out, '');
  }
});

test('no host, a host that is gone, and a wrong token are told apart', async () => {
  const nobody = { DATA_DIR: temporaryFolder({ after }), OPERATOR_TOKEN: '' };
  const none = await seamline(['events', 'list'], nobody);
  assert.match(none.complaint, /Nothing runs on DATA_DIR=.*npm start/);
  const gone = await seamline(['events', 'list', '--url', 'http://127.0.0.1:1']);
  assert.match(
    gone.complaint,
    /host at http:\/\/127\.0\.0\.1:1 can not be reached\. Does it run\?/,
  );
  const wrong = await seamline(['events', 'list'], { OPERATOR_TOKEN: 'x'.repeat(32) });
  assert.match(wrong.complaint, /does not accept this operator token/);
  assert.deepEqual([none.code, gone.code, wrong.code], [1, 1, 1]);
});

test('of several hosts on one data folder one is named, and without a name the choices are told', async () => {
  const dataDir = temporaryFolder({ after });
  const env = { DATA_DIR: dataDir };
  const list = (...args: string[]) => seamline(['events', 'list', ...args], env);
  const depot = await openOperator({ dataDir, host: 'depot' });
  depot.notifications.entries.push(parkedEvent('of-depot'));
  assert.match((await list()).out, /of-depot/);

  const till = await openOperator({ dataDir, host: 'till' });
  till.notifications.entries.push(parkedEvent('of-till'));
  assert.match((await list('--host', 'depot')).out, /of-depot/);
  assert.match((await list('--host', 'till')).out, /of-till/);
  const which = await list();
  assert.match(which.complaint, /Several hosts run on .*Name one by --host: depot, till\./);
  const none = await list('--host', '../till');
  assert.match(none.complaint, /No host \.\.\/till runs on .*There are: depot, till\./);
  assert.deepEqual([which.code, none.code], [2, 1]);

  await openOperator({ dataDir });
  assert.match((await list()).complaint, /depot, till, and one without a name, by its --url/);
});

test('a host of several instances is whichever of them can be reached, or the one that is numbered', async () => {
  const dataDir = temporaryFolder({ after });
  const list = (host: string) =>
    seamline(['events', 'list', '--host', host], { DATA_DIR: dataDir });
  for (const instance of ['till-1', 'till-2', 'tiller-1']) {
    const { notifications } = await openOperator({ dataDir, host: instance });
    notifications.entries.push(parkedEvent(`of-${instance}`));
  }
  assert.match((await list('till')).out, /of-till-1/);
  assert.match((await list('till-2')).out, /of-till-2/);
  // Killed, it leaves its address behind.
  const gone = `http://127.0.0.1:${await freePort()}`;
  writeFileSync(join(dataDir, 'till-1.operator.url'), `${gone}\n`);
  assert.match((await list('till')).out, /of-till-2/);
  assert.match((await list('till-1')).complaint, /can not be reached. Does it run/);
  assert.match((await list('til')).complaint, /No host til runs .* till-1, till-2, tiller-1\./);
});

test('help names every command, or says all of one', async () => {
  const { out, code } = await seamline(['--help']);
  assert.equal(code, 0);
  assert.match(out, /by --host NAME[\s\S]*NAME-2 the second one/);
  for (const command of [
    'start',
    'events list',
    'events redrive',
    'sagas resume',
    'sagas resolve',
  ]) {
    assert.match(out, new RegExp(`seamline ${command}`));
  }
  assert.match((await seamline(['sagas', 'resolve', '--help'])).out, /--as completed\|undone/);
  assert.match((await seamline(['events'])).out, /events discard/);
});
