import type { Application } from 'express';

import type { Logger } from '../ports/logger.ts';
import { oneOf, Type } from '../schema.ts';
import {
  bodyReader,
  chosenModules,
  type OperatedModules,
  operatorFailures,
  queryReader,
  sendJson,
} from './operator-input.ts';

const Module = Type.Optional(Type.String());
const Ids = Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
  minItems: 1,
  maxItems: 1000,
});

const readFilter = queryReader(
  Type.Object({
    module: Module,
    state: Type.Optional(oneOf('waiting', 'parked', 'skipped', 'discarded', 'done')),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  }),
);
const readModule = queryReader(Type.Object({ module: Module }));
const readChosen = bodyReader(Type.Object({ module: Module, ids: Ids }));
const readRedrive = bodyReader(
  Type.Object({
    module: Module,
    ids: Type.Optional(Ids),
    all: Type.Optional(Type.Boolean()),
  }),
);

const defaultLimit = 50;

/** Mounts what operators see and mend of the events in the inboxes of this host's modules. */
export function mountEvents(app: Application, modules: OperatedModules, log: Logger): void {
  app.get('/operator/events', async (request, response) => {
    const { module, state, limit = defaultLimit } = readFilter(request);
    const lists = chosenModules(modules, module).map(async ([name, { events }]) => {
      const entries = await events.list({ ...(state && { state }), limit });
      return entries.map((entry) => ({ module: name, ...entry }));
    });
    sendJson(response, { items: (await Promise.all(lists)).flat() });
  });

  app.get('/operator/events/:id', async (request, response) => {
    const { module } = readModule(request);
    const found = chosenModules(modules, module).map(async ([name, { events }]) => {
      const entry = await events.show(request.params.id);
      return entry ? [{ module: name, ...entry }] : [];
    });
    const items = (await Promise.all(found)).flat();
    if (items.length === 0) throw operatorFailures.unknownEvent();
    sendJson(response, { items });
  });

  app.post('/operator/events/redrive', async (request, response) => {
    const { module, ids, all } = await readRedrive(request);
    const which = all ? 'all' : (ids ?? []);
    const count = await countOver(modules, module, ({ events }) => events.redrive(which));
    log.info({ audit: 'redrive', of: module, ids, all, count }, 'an operator redrove events');
    sendJson(response, { count });
  });

  app.post('/operator/events/discard', async (request, response) => {
    const { module, ids } = await readChosen(request);
    const count = await countOver(modules, module, ({ events }) => events.discard(ids));
    log.info({ audit: 'discard', of: module, ids, count }, 'an operator discarded events');
    sendJson(response, { count });
  });
}

async function countOver(
  modules: OperatedModules,
  module: string | undefined,
  take: (one: OperatedModules extends ReadonlyMap<string, infer M> ? M : never) => Promise<number>,
): Promise<number> {
  let count = 0;
  for (const [, one] of chosenModules(modules, module)) count += await take(one);
  return count;
}
