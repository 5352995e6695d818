import type { SagaEntry } from '#kernel/ports/operator';

import { CliError } from './cli-error.ts';
import { type Command, misused } from './command.ts';
import { connectHost, HostRefusal, hostFlags } from './operator-client.ts';
import { counted, json, table } from './print.ts';

type Listed = SagaEntry & { readonly module: string };

const list: Command = {
  name: 'sagas list',
  usage: '[--state running|undoing|completed|undone|manual] [--module M] [--limit N] [--json]',
  summary: 'the sagas, with those in need of somebody first',
  flags: { ...hostFlags, state: { type: 'string' }, limit: { type: 'string' } },
  words: { min: 0, max: 0 },
  async run(given) {
    const { items } = await connectHost(given)<{ items: Listed[] }>('GET', '/operator/sagas', {
      module: given.text('module'),
      state: given.text('state'),
      limit: given.text('limit'),
    });
    if (given.flag('json')) return json(items);
    if (items.length === 0) return 'No such sagas.';
    const head = ['MODULE', 'SAGA', 'STATE', 'STEP', 'TRIES', 'STARTED', 'ID', 'PROBLEM'];
    const rows = items.map(({ module, name, status, step, attempts, startedAt, id, problem }) => [
      ...[module, name, status, step, attempts, startedAt, id],
      problem?.title,
    ]);
    return table(head, rows);
  },
};

const show: Command = {
  name: 'sagas show',
  usage: 'ID [--module M] [--json]',
  summary: 'one saga with its state and every try of its steps',
  flags: hostFlags,
  words: { min: 1, max: 1 },
  async run(given) {
    const path = pathOf(given.words[0] ?? '');
    const module = given.text('module');
    const saga = await connectHost(given)<Listed>('GET', path, { module });
    if (given.flag('json')) return json(saga);
    const { steps, ...facts } = saga;
    const rows = steps.map(({ at, step, direction, outcome, attempts, problem }) => [
      ...[at, step, direction, outcome, attempts],
      problem?.title,
    ]);
    const head = ['AT', 'STEP', 'DIRECTION', 'OUTCOME', 'TRIES', 'PROBLEM'];
    return `${json(facts)}\n\n${table(head, rows)}`;
  },
};

const resume: Command = {
  name: 'sagas resume',
  usage: 'ID ... [--module M]',
  summary: 'try sagas again from the step where they stand, now',
  flags: hostFlags,
  words: { min: 1, max: 100 },
  async run(given) {
    const ask = connectHost(given);
    const module = given.text('module');
    const outcomes: string[] = [];
    let refused = 0;
    for (const id of given.words) {
      try {
        await ask('POST', `${pathOf(id)}/resume`, { module });
        outcomes.push(`${id}: resumed.`);
      } catch (error) {
        if (!(error instanceof HostRefusal)) throw interrupted(error, outcomes);
        outcomes.push(`${id}: ${error.message}`);
        refused += 1;
      }
    }
    if (refused > 0) throw new CliError(outcomes.join('\n'));
    return `${counted(given.words.length, 'saga')} resumed.`;
  },
};

const resolve: Command = {
  name: 'sagas resolve',
  usage: 'ID --as completed|undone --note "what was done, by whom" [--module M]',
  summary:
    'end a saga that waits for a person, who did outside what it could not; its rows end with it',
  flags: { ...hostFlags, as: { type: 'string' }, note: { type: 'string' } },
  words: { min: 1, max: 1 },
  async run(given) {
    const outcome = given.text('as');
    const note = given.text('note');
    if (outcome !== 'completed' && outcome !== 'undone') {
      throw misused(resolve, 'Say how it ended: --as completed, or --as undone.');
    }
    if (!note) throw misused(resolve, 'Say in --note what was done, and by whom: it is kept.');
    const body = { module: given.text('module'), outcome, note };
    await connectHost(given)('POST', `${pathOf(given.words[0] ?? '')}/resolve`, body);
    return `The saga ended as ${outcome}.`;
  },
};

export const sagasCommands: readonly Command[] = [list, show, resume, resolve];

/** What was done before the host went is told too: it has taken effect. */
function interrupted(error: unknown, outcomes: readonly string[]): unknown {
  if (!(error instanceof CliError)) return error;
  return new CliError([...outcomes, error.message].join('\n'), error.exitCode);
}

const pathOf = (id: string) => `/operator/sagas/${encodeURIComponent(id)}`;
