import assert from 'node:assert/strict';
import test from 'node:test';

import type { CallTransport } from '#kernel/ports/call-transport';
import { openDesk, openDeskStore } from '#test/call-desk';
import { openHttpScene } from '#test/call-scenes';
import { freshPlace } from '#test/event-parties';
import { fileEnd } from '#test/file-end';

import { inProcessCalls } from '../../src/transports/in-process/calls.ts';
import type { CallScene } from './call-fact.ts';
import { callTransportFacts, checkCallTransport } from './call-transport.suite.ts';
import {
  forgetsCallers,
  forgetsDeadlines,
  forgetsKeys,
  forgetsNames,
  hidesBreaks,
  leavesOpen,
  losesDetails,
  mixesAnswersUp,
  readsAhead,
  unrulyCalls,
} from './unruly-calls.ts';

const store = await openDeskStore(await freshPlace({ name: 'sqlite' }, fileEnd));
fileEnd.after(() => store.close());

checkCallTransport('in-process', async () => inProcess((transport) => transport));
checkCallTransport('http, stream', () => openHttpScene(store, 'stream'));
checkCallTransport('http, request', () => openHttpScene(store, 'request'));

/** What each unruly transport does, and a fact that must catch it. */
const unruly: readonly [Parameters<typeof unrulyCalls>[1], string][] = [
  [forgetsDeadlines, 'a deadline ends the call'],
  [forgetsCallers, 'when the caller goes, the provider stops'],
  [forgetsKeys, 'a command that is repeated with its key'],
  [forgetsNames, 'keys derive from the work'],
  [losesDetails, 'a failure arrives as the same failure'],
  [mixesAnswersUp, 'of many calls at once each gets its own answer'],
  [readsAhead, 'who reads a stream slowly'],
  [leavesOpen, 'who leaves a stream stops its source'],
  [hidesBreaks, 'a refusal in the middle of a stream'],
];

for (const [manner, must] of unruly) {
  test(`the suite catches a transport that ${manner.name}`, async () => {
    const fact = callTransportFacts.find(({ name }) => name.startsWith(must));
    assert.ok(fact, `There is no fact that begins with: ${must}`);
    const scene = inProcess((one) => unrulyCalls(one, manner));
    const outcome = await fact.holds(scene).catch((error: Error) => error);
    assert.ok(outcome instanceof Error, 'It passed.');
    await scene.close();
  });
}

function inProcess(behave: (transport: CallTransport) => CallTransport): CallScene {
  const transport = inProcessCalls();
  const desk = openDesk(store);
  transport.serve(desk.served);
  return { desk, transport: behave(transport), isRemote: false, close: () => transport.close() };
}
