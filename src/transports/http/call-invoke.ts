import type { Bytes, Download } from '#kernel/ports/bytes';
import type { CallContext, CallOptions } from '#kernel/ports/call-context';
import type { Invoke, RemoteGround } from '#kernel/ports/call-transport';
import type { Clock } from '#kernel/ports/clock';
import type { Balancer, Turn } from '#kernel/ports/discovery';

import { anywhere, inTime } from './anywhere.ts';
import type { Asked, Kind } from './asked.ts';
import type { HttpLimits } from './limits.ts';
import { type Link, requireRoom, type Sent } from './link.ts';
import type { Links } from './links.ts';
import { NoRoom, NotSent } from './refusals.ts';

export type CallGround = {
  readonly balancer: Balancer;
  readonly ground: RemoteGround;
  readonly clock: Clock;
  readonly limits: HttpLimits;
};

type Send<T> = (link: Link, sent: Sent) => Promise<T>;

/** The function that runs one call over links. */
export function callOver(given: CallGround, links: Links, asked: Asked, kind: Kind): Invoke {
  if (kind === 'command' || kind === 'query') return plainCall(given, links, asked);
  const sendTo = sender(given, links, asked);
  if (kind === 'upload') {
    return (ctx, input, options, bytes) =>
      sendTo(ctx, input, options, (link, sent) => link.upload(asked, sent, bytes as Bytes));
  }
  if (kind === 'download') {
    return (ctx, input, options): Promise<Download<unknown>> =>
      sendTo(ctx, input, options, (link, sent) => link.download(asked, sent));
  }
  return async function* items(ctx, input, options) {
    yield* await sendTo(ctx, input, options, (link, sent) => begun(link.stream(asked, sent)));
  };
}

/** Waits for its first item: where nothing was sent yet, another instance is still to be asked. */
async function begun(flow: AsyncIterable<unknown>): Promise<AsyncIterable<unknown>> {
  const items = flow[Symbol.asyncIterator]();
  const first = await items.next();
  return (async function* rest() {
    try {
      for (let next = first; !next.done; next = await items.next()) yield next.value;
    } finally {
      await items.return?.();
    }
  })();
}

/** Commands and queries: where a stream is open, the way to it has nothing on it that waits. */
function plainCall(given: CallGround, links: Links, asked: Asked): Invoke {
  const { balancer, clock } = given;
  const { contract } = asked;
  const send = (link: Link, sent: Sent) =>
    new Promise((resolve, reject) => link.call(asked, sent, resolve, reject));
  const sendTo = sender(given, links, asked);
  return (ctx, input, options) => {
    const deadline = deadlineOf(ctx, options, clock);
    const turn = balancer.choose(contract);
    const link = turn && deadline > clock.now() && links.ready(contract, turn.instance);
    if (!link) return sendTo(ctx, input, options, send, turn);
    const sent = { ctx, input, deadline, key: options?.key, turn };
    return new Promise((resolve, reject) => {
      const elsewhere = (error: Error) =>
        error instanceof NotSent
          ? sendTo(ctx, input, options, send).then(resolve, reject)
          : reject(error);
      link.call(asked, sent, resolve, elsewhere);
    });
  };
}

/** Sends a call to an instance of its module, and opens a stream where there is none. */
function sender({ balancer, ground, clock, limits }: CallGround, links: Links, asked: Asked) {
  const { contract, name } = asked;
  const choice = { balancer, ground, awaitInstanceMs: limits.awaitInstanceMs };
  return async <T>(
    ctx: CallContext,
    input: unknown,
    options: CallOptions | undefined,
    send: Send<T>,
    first?: Turn,
  ): Promise<T> => {
    const deadline = deadlineOf(ctx, options, clock);
    const leftMs = deadline - clock.now();
    if (leftMs <= 0) {
      first?.done('abandoned');
      throw ground.deadlinePassed(name);
    }
    const patience = AbortSignal.any([
      ctx.signal,
      AbortSignal.timeout(Math.min(leftMs, longestMs)),
    ]);
    const overdue = () =>
      deadline <= clock.now() + 1
        ? ground.deadlinePassed(name)
        : ground.unavailable(name, 'its caller has gone');
    const work = async (turn: Turn, isLast: boolean) => {
      const link = await linkTo(
        () => links.open(contract, turn.instance, isLast),
        turn,
        patience,
        overdue,
      );
      return send(link, { ctx, input, deadline, key: options?.key, turn });
    };
    return anywhere(choice, contract, name, patience, overdue, work, first);
  };
}

async function linkTo(
  open: () => Promise<Link>,
  turn: Turn,
  patience: AbortSignal,
  overdue: () => Error,
): Promise<Link> {
  try {
    if (patience.aborted) throw overdue();
    const link = await inTime(open(), patience, overdue);
    requireRoom(link);
    return link;
  } catch (error) {
    turn.done(error instanceof NotSent && !(error instanceof NoRoom) ? 'failed' : 'abandoned');
    throw error;
  }
}

/** Node's longest timer. */
const longestMs = 2 ** 31 - 1;

function deadlineOf(ctx: CallContext, options: CallOptions | undefined, clock: Clock) {
  const timeoutMs = options?.timeoutMs;
  return timeoutMs === undefined ? ctx.deadline : Math.min(ctx.deadline, clock.now() + timeoutMs);
}
