import type { Application } from 'express';

import type { Logger } from '../ports/logger.ts';
import { Type } from '../schema.ts';
import {
  bodyReader,
  chosenModules,
  type OperatedModules,
  operatorFailures,
  queryReader,
  sendJson,
} from './operator-input.ts';

const Module = Type.Optional(Type.String());
const readFilter = queryReader(Type.Object({ module: Module }));
const readRebuild = bodyReader(Type.Object({ module: Module }));

/** Mounts what operators see and make anew of the projections of this host's modules. */
export function mountProjections(app: Application, modules: OperatedModules, log: Logger): void {
  app.get('/operator/projections', async (request, response) => {
    const { module } = readFilter(request);
    const lists = chosenModules(modules, module).map(async ([of, { projections }]) =>
      (await projections.list()).map((entry) => ({ module: of, ...entry })),
    );
    sendJson(response, { items: (await Promise.all(lists)).flat() });
  });

  app.post('/operator/projections/:name/rebuild', async (request, response) => {
    const { name } = request.params;
    const { module } = await readRebuild(request);
    for (const [of, { projections }] of chosenModules(modules, module)) {
      if (!(await projections.rebuild(name))) continue;
      log.info({ audit: 'rebuild', of, projection: name }, 'an operator rebuilds a projection');
      return sendJson(response, { module: of, name });
    }
    throw operatorFailures.unknownProjection();
  });
}
