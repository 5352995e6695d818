import type { RemoteGround } from '#kernel/ports/call-transport';
import type { Balancer } from '#kernel/ports/discovery';
import type { ContractBook } from '#kernel/ports/internal-endpoint';

import { anywhere, inTime } from './anywhere.ts';
import type { HttpLimits } from './limits.ts';
import { requireRoom } from './link.ts';
import type { Links } from './links.ts';
import { NoRoom, NotSent } from './refusals.ts';
import type { AskHandler } from './served.ts';

export type AskGround = {
  readonly balancer: Balancer;
  readonly ground: RemoteGround;
  readonly limits: HttpLimits;
};

/** Asks some instance of the module; another one where the first can't answer. Repeating is harmless. */
export async function askAnywhere(
  { balancer, ground, limits }: AskGround,
  links: Links,
  module: string,
  what: string,
  json: string,
): Promise<unknown> {
  const choice = { balancer, ground, awaitInstanceMs: limits.awaitInstanceMs };
  const patience = AbortSignal.timeout(limits.exchangeMs);
  const name = `${module}: ${what}`;
  const overdue = () => ground.deadlinePassed(name);
  return anywhere(choice, module, name, patience, overdue, async (turn, isLast) => {
    try {
      const opening = links.open(module, turn.instance, isLast);
      const link = await inTime(opening, patience, overdue);
      requireRoom(link);
      const answer = await link.ask(what, json, limits.exchangeMs);
      turn.done('answered');
      return answer;
    } catch (error) {
      turn.done(error instanceof NoRoom ? 'abandoned' : 'failed');
      throw error instanceof NotSent
        ? error
        : new NotSent((error as Error).message, { cause: error });
    }
  });
}

/** Shows a contract to hosts that have another version of it. */
export function contractAsk(book: ContractBook): AskHandler {
  return async (_peer, body) => {
    const { contract } = body as { contract?: unknown };
    const exported = book.exported(String(contract));
    if (exported === undefined) throw new Error(`This host has no contract ${contract}.`);
    return exported;
  };
}
