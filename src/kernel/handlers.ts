import type { AnyContract, CallDeclaration, EventMaker, InputOf, OutputOf } from './contract.ts';
import type { Failure } from './failure.ts';
import type { Bytes, Download } from './ports/bytes.ts';
import type { Actor, CallContext } from './ports/call-context.ts';
import type { Reader } from './ports/store.ts';
import type { Tx } from './ports/tx.ts';

/** Who a transaction works for, and what its `prepare` brought along. It can call nobody. */
export type Committing<Prepared> = {
  readonly actor: Actor;
  readonly key: string;
  readonly prepared: Prepared;
};

/**
 * The second step of a command: own rows, events and saga starts. It may run again.
 * A failure that it throws undoes its effects. One that it returns refuses and keeps them: a
 * session that is ended because its token was stolen must stay ended.
 */
export type Commit<D extends CallDeclaration, Prepared = undefined> = (
  tx: Tx,
  input: InputOf<D>,
  by: Committing<Prepared>,
) => Promise<OutputOf<D> | Failure> | OutputOf<D> | Failure;

/** The first step: may ask other modules and do slow work; holds no transaction; may run again. */
export type Prepare<D extends CallDeclaration, Prepared> = (
  ctx: CallContext,
  input: InputOf<D>,
  read: Reader,
  ...uploaded: D['kind'] extends 'upload' ? [bytes: Bytes] : []
) => Promise<Prepared>;

/** A command with both steps. Made by `twoSteps`, which remembers what passes between them. */
export type TwoSteps<D extends CallDeclaration> = {
  readonly prepare: Prepare<D, unknown>;
  readonly commit: Commit<D, unknown>;
};

export type CommandHandler<D extends CallDeclaration> = Commit<D> | TwoSteps<D>;

/** Answers from committed rows; may ask other modules. */
export type QueryHandler<D extends CallDeclaration> = (
  read: Reader,
  input: InputOf<D>,
  ctx: CallContext,
) => Promise<OutputOf<D>> | OutputOf<D>;

/** Answers item by item until it ends or `ctx.signal` is aborted. */
export type StreamHandler<D extends CallDeclaration> = (
  read: Reader,
  input: InputOf<D>,
  ctx: CallContext,
) => AsyncIterable<OutputOf<D>>;

/** Answers with bytes. What they hold open is closed when the reader leaves or `ctx.signal` aborts. */
export type DownloadHandler<D extends CallDeclaration> = (
  read: Reader,
  input: InputOf<D>,
  ctx: CallContext,
) => Promise<Download<OutputOf<D>>>;

type HandlerOfKind<D extends CallDeclaration> = {
  readonly command: CommandHandler<D>;
  readonly query: QueryHandler<D>;
  readonly stream: StreamHandler<D>;
  readonly upload: TwoSteps<D>;
  readonly download: DownloadHandler<D>;
};

/** The handler that a call wants: `Handler<typeof inventory.calls.reserveStock>`. */
export type Handler<D extends CallDeclaration> = HandlerOfKind<D>[D['kind']];

/** One handler for every call of a contract; the compiler names the missing one. */
export type HandlersOf<C extends AnyContract> = {
  readonly [K in keyof C['calls']]: Handler<C['calls'][K]>;
};

export function twoSteps<D extends CallDeclaration, Prepared>(
  prepare: Prepare<D, Prepared>,
  commit: Commit<D, Prepared>,
): TwoSteps<D> {
  return { prepare, commit: commit as Commit<D, unknown> };
}

/** An event as a subscriber gets it. */
export type Heard<Data> = {
  readonly id: string;
  readonly subject: string;
  /** Its place in its subject: a subscriber sees 1, 2, 3 … of each subject, each once. */
  readonly sequence: number;
  readonly time: string;
  readonly data: Data;
};

export type Subscription<Data = unknown> = {
  readonly event: EventMaker<Data>;
  readonly prepare:
    | ((ctx: CallContext, event: Heard<Data>, read: Reader) => Promise<unknown>)
    | undefined;
  readonly commit: (tx: Tx, event: Heard<Data>, prepared: unknown) => Promise<void> | void;
  /** When retries are exhausted: hold back the rest of the subject (default), or pass over this event. */
  readonly poison: 'park' | 'skip';
};

type SubscriptionOptions = { readonly poison?: 'park' | 'skip' };

/** Hears an event: its effect and the record that it took place commit together, exactly once. */
export function on<Data>(
  event: EventMaker<Data>,
  commit: (tx: Tx, event: Heard<Data>) => Promise<void> | void,
  options: SubscriptionOptions = {},
): Subscription {
  return { event, prepare: undefined, commit, poison: options.poison ?? 'park' } as Subscription;
}

/** As `on`, with a step before the transaction that may ask other modules; it may run again. */
export function onPrepared<Data, Prepared>(
  event: EventMaker<Data>,
  prepare: (ctx: CallContext, event: Heard<Data>, read: Reader) => Promise<Prepared>,
  commit: (tx: Tx, event: Heard<Data>, prepared: Prepared) => Promise<void> | void,
  options: SubscriptionOptions = {},
): Subscription {
  return { event, prepare, commit, poison: options.poison ?? 'park' } as Subscription;
}

/** Work done once at every start, after migrations and before the first call: seeding. */
export type AtStart = {
  readonly name: string;
  readonly prepare: ((ctx: CallContext, read: Reader) => Promise<unknown>) | undefined;
  readonly commit: (tx: Tx, prepared: unknown) => Promise<void> | void;
};

export function atStart<Prepared>(
  name: string,
  prepare: (ctx: CallContext, read: Reader) => Promise<Prepared>,
  commit: (tx: Tx, prepared: Prepared) => Promise<void> | void,
): AtStart {
  return { name, prepare, commit: commit as AtStart['commit'] };
}
