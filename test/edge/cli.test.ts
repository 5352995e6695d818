import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test, { after } from 'node:test';
import { fileURLToPath } from 'node:url';

import { temporaryFolder } from '#test/temp-folder';

import { manualSaga, openOperator, parkedEvent } from './open-operator.ts';

const host = await openOperator();
const { orders, notifications } = host;
notifications.entries.push(parkedEvent('e1'));
orders.sagaEntries.push(manualSaga('o1'));

const program = fileURLToPath(new URL('../../src/cli/seamline.js', import.meta.url));

type Outcome = { readonly code: number; readonly out: string; readonly complaint: string };

/** Runs the command as a person would, in a process of its own. */
function seamline(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Outcome> {
  const env = {
    ...process.env,
    DATA_DIR: host.dataDir,
    OPERATOR_TOKEN: host.token,
    ...environment,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env }, (error, out, complaint) => {
      resolve({ code: error ? Number(error.code) : 0, out, complaint });
    });
  });
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

test('what is not there, and what may not be, is told in words', async () => {
  for (const [args, code, words] of [
    [['events', 'show', 'e9'], 1, /No inbox holds this event/],
    [['sagas', 'show', 'o9'], 1, /There is no such saga/],
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

test('help names every command, or says all of one', async () => {
  const { out, code } = await seamline(['--help']);
  assert.equal(code, 0);
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
