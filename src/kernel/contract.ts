import { refuseUnexportable } from './contract-rules.ts';
import {
  type DetailsOf,
  type FailureDeclaration,
  type FailureMaker,
  failureMaker,
} from './failure.ts';
import type { Bytes, Download } from './ports/bytes.ts';
import type { CallContext, CallOptions } from './ports/call-context.ts';
import type { FileHead, Static, TObject, TSchema } from './schema.ts';

/**
 * `command` changes state and is idempotent by key; `query` changes nothing. What flows comes in
 * three: `stream` answers many items over time, `upload` is a command that brings bytes along, and
 * `download` a query that answers with bytes.
 */
export type CallKind = 'command' | 'query' | 'stream' | 'upload' | 'download';

/** Whether a call changes state, and therefore has a key. */
export function isCommand({ kind }: { readonly kind: CallKind }): boolean {
  return kind === 'command' || kind === 'upload';
}

/** A call as a contract declares it. `output` is one answer, one item of a stream, or a download's head. */
export type CallDeclaration<
  Kind extends CallKind = CallKind,
  Input extends TObject = TObject,
  Output extends TSchema = TSchema,
> = {
  readonly kind: Kind;
  /** One sentence for the generated documentation. */
  readonly summary: string;
  readonly input: Input;
  readonly output: Output;
  /** Input or answer holds a password, a token or an address: what is kept of them opens only to who repeats them. */
  readonly secret?: true;
};

/** A declared call, bound to its contract: what routes, handlers and clients name. */
export type Call<D extends CallDeclaration = CallDeclaration> = D & {
  readonly contract: string;
  readonly name: string;
};

export type EventDeclaration<Data extends TObject = TObject> = {
  readonly summary: string;
  /** The field of `data` that holds the ordering key: the id of the aggregate that changed. */
  readonly subject: string;
  readonly data: Data;
};

/** A fact that has just become true. It gets its id, sequence and time when its transaction commits. */
export type NewEvent<Data = unknown> = {
  readonly contract: string;
  readonly name: string;
  readonly subject: string;
  readonly data: Data;
};

/** A declared event: call it with its data to make one to publish. */
export type EventMaker<Data = unknown> = {
  (data: Data): NewEvent<Data>;
  readonly contract: string;
  readonly event: string;
  readonly summary: string;
  readonly subjectField: string;
  readonly schema: TSchema;
  /** Never set: carries the type of `data` to subscribers. */
  readonly types?: Data;
};

type Calls = Readonly<Record<string, CallDeclaration>>;
type Events = Readonly<Record<string, EventDeclaration>>;
type Failures = Readonly<Record<string, FailureDeclaration>>;

/** The public face of a module: all that others may ask of it, hear from it, or be refused by it. */
export type Contract<
  Name extends string = string,
  C extends Calls = Calls,
  E extends Events = Events,
  F extends Failures = Failures,
> = {
  readonly name: Name;
  readonly calls: { readonly [K in keyof C]: Call<C[K]> };
  readonly events: { readonly [K in keyof E]: EventMaker<Static<E[K]['data']>> };
  readonly errors: { readonly [K in keyof F]: FailureMaker<DetailsOf<F[K]>> };
};

/** Any contract, whatever is in it. */
export type AnyContract = {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: calls of any kind and shape.
  readonly calls: Contract<string, any, any, any>['calls'];
  // biome-ignore lint/suspicious/noExplicitAny: an event is made from its data, so `unknown` data would exclude every real one.
  readonly events: Readonly<Record<string, EventMaker<any>>>;
  // biome-ignore lint/suspicious/noExplicitAny: as with events.
  readonly errors: Readonly<Record<string, FailureMaker<any>>>;
};

export type InputOf<D extends CallDeclaration> = Static<D['input']>;
export type OutputOf<D extends CallDeclaration> = Static<D['output']>;

export type ClientMethod<D extends CallDeclaration> = D['kind'] extends 'upload'
  ? (
      ctx: CallContext,
      input: InputOf<D>,
      bytes: Bytes,
      options?: CallOptions,
    ) => Promise<OutputOf<D>>
  : (ctx: CallContext, input: InputOf<D>, options?: CallOptions) => AnswerOf<D>;

type AnswerOf<D extends CallDeclaration> = D['kind'] extends 'stream'
  ? AsyncIterable<OutputOf<D>>
  : D['kind'] extends 'download'
    ? Promise<Download<OutputOf<D>>>
    : Promise<OutputOf<D>>;

/**
 * What a module that declares a contract in its `calls` receives. Every call takes the context of
 * the work that asks: who holds none (a transaction) can call nobody. A failed call may have
 * happened; repeating a command with the same key is safe and returns the first answer.
 */
export type Client<C extends AnyContract> = {
  readonly [K in keyof C['calls']]: ClientMethod<C['calls'][K]>;
};

export function command<I extends TObject, O extends TSchema>(
  summary: string,
  shape: { input: I; output: O; secret?: true },
): CallDeclaration<'command', I, O> {
  return { kind: 'command', summary, ...shape };
}

export function query<I extends TObject, O extends TSchema>(
  summary: string,
  shape: { input: I; output: O },
): CallDeclaration<'query', I, O> {
  return { kind: 'query', summary, ...shape };
}

export function stream<I extends TObject, O extends TSchema>(
  summary: string,
  shape: { input: I; output: O },
): CallDeclaration<'stream', I, O> {
  return { kind: 'stream', summary, ...shape };
}

/**
 * A command whose `prepare` reads bytes. Repeating it with the same key answers the first answer and
 * reads nothing: the key stands for the bytes too.
 */
export function upload<I extends TObject, O extends TSchema>(
  summary: string,
  shape: { input: I; output: O },
): CallDeclaration<'upload', I, O> {
  return { kind: 'upload', summary, ...shape };
}

/**
 * A query that answers with bytes. The head tells what HTTP wants to know of them (`FileHead` of
 * `#kernel/schema`) and may tell more.
 */
export function download<I extends TObject, O extends typeof FileHead>(
  summary: string,
  shape: { input: I; output: O },
): CallDeclaration<'download', I, O> {
  return { kind: 'download', summary, ...shape };
}

export function event<D extends TObject>(
  summary: string,
  shape: { subject: string & keyof Static<D>; data: D },
): EventDeclaration<D> {
  return { summary, ...shape };
}

/**
 * Declares a module's contract.
 * Throws a `TypeError` that names the place when a schema holds what JSON Schema can't carry
 * (a refinement, a transform, a default): it would be lost to whoever reads the exported contract.
 */
export function defineContract<
  const Name extends string,
  C extends Calls,
  E extends Events,
  F extends Failures,
>(name: Name, parts: { calls: C; events: E; errors: F }): Contract<Name, C, E, F> {
  const calls = mapEntries(parts.calls, (call, callName) => {
    refuseUnexportable(call.input, `${name}.${callName} input`);
    refuseUnexportable(call.output, `${name}.${callName} output`);
    return Object.freeze({ ...call, contract: name, name: callName });
  });
  const events = mapEntries(parts.events, (declared, eventName) => {
    refuseUnexportable(declared.data, `${name}.${eventName}`);
    return eventMaker(name, eventName, declared);
  });
  const errors = mapEntries(parts.errors, (declared, errorName) => {
    if (declared.details) refuseUnexportable(declared.details, `${name}.${errorName}`);
    return failureMaker(name, errorName, declared);
  });
  return Object.freeze({ name, calls, events, errors }) as unknown as Contract<Name, C, E, F>;
}

function eventMaker(contract: string, name: string, declared: EventDeclaration): EventMaker {
  const make = (data: unknown): NewEvent => ({
    contract,
    name,
    subject: String((data as Record<string, unknown>)[declared.subject]),
    data,
  });
  return Object.assign(make, {
    contract,
    event: name,
    summary: declared.summary,
    subjectField: declared.subject,
    schema: declared.data,
  });
}

function mapEntries<V, R>(
  record: Readonly<Record<string, V>>,
  change: (value: V, key: string) => R,
): Readonly<Record<string, R>> {
  return Object.freeze(
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)])),
  );
}
