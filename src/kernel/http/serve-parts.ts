import type { RequestHandler } from 'express';

import type { CallContext } from '../ports/call-context.ts';
import type { AnswerInTime } from './answer-in-time.ts';
import { composeBeginning } from './begin-work.ts';
import type { Door } from './door.ts';
import type { Route } from './route.ts';
import { beginParts, type PartItems, sendParts } from './send-parts.ts';

/** Serves several modules' parts of one answer, one after another in the order of their names. */
export function serveParts(
  routes: readonly Route[],
  door: Door,
  lastsMs: number,
  inTime: AnswerInTime,
): RequestHandler {
  const sorted = [...routes].sort((a, b) => (a.call.contract < b.call.contract ? -1 : 1));
  const parts = sorted.map((route) => ({
    name: route.call.contract,
    begin: composeBeginning(route, door, lastsMs),
    invoke: door.connect(route.call),
  }));
  if (new Set(parts.map(({ name }) => name)).size < parts.length) {
    throw new TypeError(`A module gives two parts of ${routes[0]?.path}.`);
  }
  return async (request, response, next) => {
    const opened: (PartItems & { readonly ctx: CallContext })[] = [];
    for (const { name, begin, invoke } of parts) {
      const { ctx, input } = await begin(request, response);
      opened.push({ name, ctx, open: () => invoke(ctx, input) as AsyncIterable<unknown> });
    }
    const [first] = opened;
    if (!first) return;
    const begun = await inTime(next, () => beginParts(opened));
    await sendParts(response, begun, first.ctx.signal);
  };
}
