import type { Request, Response } from 'express';

import { createContext } from '../calls/context.ts';
import type { CallContext } from '../ports/call-context.ts';
import { allowSlowBody } from './body-time.ts';
import { composeKey } from './command-key.ts';
import type { Door } from './door.ts';
import { exchangeOf } from './exchange.ts';
import type { Route, RouteRequest } from './route.ts';
import { composeInput, type ReadInput } from './route-input.ts';
import { openForm, type UploadForm } from './upload-form.ts';

export type Begun = {
  readonly ctx: CallContext;
  readonly input: unknown;
  readonly asked: RouteRequest;
  /** What an upload brought, with its bytes still on their way. */
  readonly form: UploadForm | undefined;
};

/** What every route begins with: admission, then the input, then the context of the work. */
export function composeBeginning(route: Route, door: Door, lastsMs: number) {
  const admit = door.admission(route);
  const readInput: ReadInput = composeInput(route);
  const readKey = composeKey(route, door.ids);
  const { caller, clock, log } = door;
  return async (request: Request, response: Response): Promise<Begun> => {
    const exchange = exchangeOf(response);
    const actor = await admit(request, response);
    if (actor.kind !== 'anyone') exchange.account = actor.id;
    const key = readKey(request, actor);
    const form = await openFormOf(request, route);
    const header = (name: string) => headerOf(request, name);
    const asked = form ? { actor, header, file: form.file } : { actor, header };
    try {
      const input = await readInput(request, asked, form);
      const deadline = clock.now() + lastsMs;
      const { trace, gone } = exchange;
      const ctx = createContext({ caller, actor, key, trace, deadline, clock, log, gone });
      return { ctx, input, asked, form };
    } catch (error) {
      await form?.end();
      throw error;
    }
  };
}

async function openFormOf(
  request: Request,
  { file, maxBytes }: Route,
): Promise<UploadForm | undefined> {
  if (file === undefined) return undefined;
  allowSlowBody(request);
  return await openForm(request, { part: file, maxBytes });
}

function headerOf({ headers }: Request, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
