import type { InboxEntry } from '#kernel/ports/operator';

import { type Command, type Given, misused } from './command.ts';
import { connectHost, hostFlags } from './operator-client.ts';
import { counted, json, table } from './print.ts';

type Listed = InboxEntry & { readonly module: string };

const list: Command = {
  name: 'events list',
  usage: '[--state waiting|parked|skipped|discarded|done] [--module M] [--limit N] [--json]',
  summary: 'the events that modules have heard, the newest first',
  flags: { ...hostFlags, state: { type: 'string' }, limit: { type: 'string' } },
  words: { min: 0, max: 0 },
  async run(given) {
    const { items } = await connectHost(given)<{ items: Listed[] }>('GET', '/operator/events', {
      module: given.text('module'),
      state: given.text('state'),
      limit: given.text('limit'),
    });
    if (given.flag('json')) return json(items);
    if (items.length === 0) return 'No such events.';
    const head = ['MODULE', 'STATE', 'TRIES', 'EVENT', 'SUBJECT', 'ID', 'PROBLEM'];
    const rows = items.map(({ module, state, attempts, event, problem }) => [
      ...[module, state, attempts, event.type, `${event.subject}#${event.sequence}`, event.id],
      problem?.title,
    ]);
    return table(head, rows);
  },
};

const show: Command = {
  name: 'events show',
  usage: 'ID [--module M]',
  summary: 'one event, and what became of it in each module',
  flags: hostFlags,
  words: { min: 1, max: 1 },
  async run(given) {
    const id = encodeURIComponent(given.words[0] ?? '');
    const module = given.text('module');
    const path = `/operator/events/${id}`;
    const { items } = await connectHost(given)<{ items: Listed[] }>('GET', path, { module });
    return json(items);
  },
};

const redrive: Command = {
  name: 'events redrive',
  usage: 'ID ... | --all [--module M]',
  summary: 'try parked events again, now',
  flags: { ...hostFlags, all: { type: 'boolean' } },
  words: { min: 0, max: 1000 },
  run: (given) => {
    const all = given.flag('all');
    if (all === given.words.length > 0) {
      throw misused(redrive, 'Name the events, or all of them with --all.');
    }
    return take(
      given,
      '/operator/events/redrive',
      all ? { all } : { ids: given.words },
      'will be tried again',
    );
  },
};

const discard: Command = {
  name: 'events discard',
  usage: 'ID ... [--module M]',
  summary: 'give up parked events: they will never take effect',
  flags: hostFlags,
  words: { min: 1, max: 1000 },
  run: (given) => take(given, '/operator/events/discard', { ids: given.words }, 'discarded'),
};

export const eventsCommands: readonly Command[] = [list, show, redrive, discard];

async function take(given: Given, path: string, what: object, done: string): Promise<string> {
  const module = given.text('module');
  const { count } = await connectHost(given)<{ count: number }>('POST', path, { ...what, module });
  if (given.flag('json')) return json({ count });
  return count === 0 ? 'No parked event was meant.' : `${counted(count, 'event')} ${done}.`;
}
