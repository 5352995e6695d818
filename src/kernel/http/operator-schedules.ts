import type { Application } from 'express';

import { Type } from '../schema.ts';
import { chosenModules, type OperatedModules, queryReader, sendJson } from './operator-input.ts';

const readFilter = queryReader(Type.Object({ module: Type.Optional(Type.String()) }));

/** Mounts what operators see of the work that comes round in this host's modules. */
export function mountSchedules(app: Application, modules: OperatedModules): void {
  app.get('/operator/schedules', async (request, response) => {
    const { module } = readFilter(request);
    const lists = chosenModules(modules, module).map(async ([of, { schedules }]) =>
      (await schedules.list()).map((entry) => ({ module: of, ...entry })),
    );
    sendJson(response, { items: (await Promise.all(lists)).flat() });
  });
}
