import type { Application } from 'express';

import type { Logger } from '../ports/logger.ts';
import type { SagaEntry, SagasOperator } from '../ports/operator.ts';
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

const readFilter = queryReader(
  Type.Object({
    module: Module,
    state: Type.Optional(oneOf('running', 'undoing', 'completed', 'undone', 'manual')),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  }),
);
const readModule = queryReader(Type.Object({ module: Module }));
const readResume = bodyReader(Type.Object({ module: Module }));
const readResolve = bodyReader(
  Type.Object({
    module: Module,
    outcome: oneOf('completed', 'undone'),
    note: Type.String({ minLength: 1, maxLength: 1000 }),
  }),
);

const defaultLimit = 50;

/** Mounts what operators see and mend of the sagas of this host's modules. */
export function mountSagas(app: Application, modules: OperatedModules, log: Logger): void {
  app.get('/operator/sagas', async (request, response) => {
    const { module, state, name, limit = defaultLimit } = readFilter(request);
    const lists = chosenModules(modules, module).map(async ([of, { sagas }]) => {
      const filter = { ...(state && { status: state }), ...(name && { name }), limit };
      return (await sagas.list(filter)).map((entry) => ({ module: of, ...entry }));
    });
    sendJson(response, { items: (await Promise.all(lists)).flat() });
  });

  app.get('/operator/sagas/:id', async (request, response) => {
    const { module } = readModule(request);
    const { name, entry } = await find(modules, module, request.params.id);
    sendJson(response, { module: name, ...entry });
  });

  app.post('/operator/sagas/:id/resume', async (request, response) => {
    const { id } = request.params;
    const { module } = await readResume(request);
    const { name, sagas } = await find(modules, module, id);
    const resumed = await sagas.resume(id);
    log.info({ audit: 'resume', of: name, id, resumed }, 'an operator resumed a saga');
    if (!resumed) throw operatorFailures.sagaNotMovable();
    sendJson(response, { module: name, id });
  });

  app.post('/operator/sagas/:id/resolve', async (request, response) => {
    const { id } = request.params;
    const { module, outcome, note } = await readResolve(request);
    const { name, sagas } = await find(modules, module, id);
    const resolved = await sagas.resolve(id, outcome, note);
    log.info({ audit: 'resolve', of: name, id, outcome, resolved }, 'an operator resolved a saga');
    if (!resolved) throw operatorFailures.sagaNotMovable();
    sendJson(response, { module: name, id, outcome });
  });
}

type Found = { readonly name: string; readonly sagas: SagasOperator; readonly entry: SagaEntry };

async function find(
  modules: OperatedModules,
  module: string | undefined,
  id: string,
): Promise<Found> {
  for (const [name, { sagas }] of chosenModules(modules, module)) {
    const entry = await sagas.show(id);
    if (entry) return { name, sagas, entry };
  }
  throw operatorFailures.unknownSaga();
}
