import type { Bytes, Download } from '#kernel/ports/bytes';
import type { CallContext } from '#kernel/ports/call-context';
import type { RemoteGround } from '#kernel/ports/call-transport';
import type { Clock } from '#kernel/ports/clock';
import type { Instance, Turn } from '#kernel/ports/discovery';
import type { ContractBook } from '#kernel/ports/internal-endpoint';
import type { Logger } from '#kernel/ports/logger';
import type { Trust } from '#kernel/ports/trust';

import type { Asked } from './asked.ts';
import type { HttpLimits } from './limits.ts';
import { NoRoom, NotSent } from './refusals.ts';

/** What one call sends along. */
export type Sent = {
  readonly ctx: CallContext;
  readonly input: unknown;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly key: string | undefined;
  readonly turn: Turn;
};

export type Resolve = (output: unknown) => void;
export type Reject = (error: Error) => void;

/**
 * The way to one instance of a module, whose host has proven itself. Whatever is sent tells its turn
 * how it went. What throws `NotSent` was not sent.
 */
export type Link = {
  /** May still be used, if not now. */
  readonly isOpen: boolean;
  /** Takes one thing more. */
  readonly isReady: boolean;
  /** Why it is not ready. */
  readonly busy: string;
  call(asked: Asked, sent: Sent, resolve: Resolve, reject: Reject): void;
  upload(asked: Asked, sent: Sent, bytes: Bytes): Promise<unknown>;
  download(asked: Asked, sent: Sent): Promise<Download<unknown>>;
  stream(asked: Asked, sent: Sent): AsyncIterable<unknown>;
  /** Asks for what is no call; `json` is its body. */
  ask(what: string, json: string, timeoutMs: number): Promise<unknown>;
  close(why: string): void;
};

/** Throws `NoRoom` when it is open and takes nothing more, `NotSent` when it is not open any more. */
export function requireRoom(link: Link): void {
  if (link.isReady) return;
  throw link.isOpen ? new NoRoom(link.busy) : new NotSent(link.busy);
}

export type LinkGround = {
  /** This host, as operators know it. */
  readonly host: string;
  readonly trust: Trust;
  readonly book: ContractBook;
  readonly ground: RemoteGround;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits: HttpLimits;
  /** Pairs of contracts that do not go together, which operators have been told of. */
  readonly told: Set<string>;
};

/** `gone` is called when the link will not be ready again. */
export type OpenLink = (module: string, instance: Instance, gone: () => void) => Promise<Link>;
