import type { Call } from '../contract.ts';
import { Failure, type FailureKind } from '../failure.ts';
import type {
  CommandHandler,
  Handler,
  QueryHandler,
  StreamHandler,
  TwoSteps,
} from '../handlers.ts';
import type { Bytes } from '../ports/bytes.ts';
import type { CallContext, CallOptions } from '../ports/call-context.ts';
import type { Invoke } from '../ports/call-transport.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Reader } from '../ports/store.ts';
import type { Tx } from '../ports/tx.ts';
import type { Write } from '../ports/work.ts';
import { compileValidator } from '../validator.ts';
import { CallBroke, callFailures } from './call-failures.ts';
import { type Answer, findAnswer, keepAnswer, keyedCommand } from './command-keys.ts';

/** What a provider's calls run on. */
export type ProviderGround = {
  readonly reader: Reader;
  readonly write: Write;
  readonly clock: Clock;
  readonly log: Logger;
};

/**
 * Composes, once, all that happens around a handler: parse, deadline, idempotency, transaction, and
 * what becomes of errors. The context is the provider's own: its `caller` is who asked.
 */
export function composeCall(call: Call, handler: Handler<Call>, ground: ProviderGround): Invoke {
  const admit = admission(call, ground.clock);
  if (call.kind === 'stream')
    return streamCall(call, handler as StreamHandler<Call>, ground, admit);
  // A download is a query whose answer has bytes behind it.
  if (call.kind === 'query' || call.kind === 'download')
    return queryCall(call, handler as QueryHandler<Call>, ground, admit);
  return commandCall(call, handler as unknown as CommandHandler<Call>, ground, admit);
}

type Admit = (ctx: CallContext, input: unknown) => void;

/** Throws `deadlinePassed` or `invalidInput` before anything has been touched. */
function admission(call: Call, clock: Clock): Admit {
  const name = `${call.contract}.${call.name}`;
  const validator = compileValidator(call.input, { unknownFields: 'ignore' });
  return (ctx, input) => {
    if (clock.now() >= ctx.deadline) throw callFailures.deadlinePassed({ call: name });
    if (validator.check(input)) return;
    throw callFailures.invalidInput({ call: name, errors: [...validator.errors(input)] });
  };
}

function queryCall(call: Call, handler: QueryHandler<Call>, ground: ProviderGround, admit: Admit) {
  const { reader, log } = ground;
  return async (ctx: CallContext, input: unknown) => {
    try {
      admit(ctx, input);
      return await handler(reader, input as never, ctx);
    } catch (error) {
      throw declared(call, error, log, ctx);
    }
  };
}

function streamCall(
  call: Call,
  handler: StreamHandler<Call>,
  ground: ProviderGround,
  admit: Admit,
) {
  const { reader, log } = ground;
  return async function* items(ctx: CallContext, input: unknown) {
    try {
      admit(ctx, input);
      yield* handler(reader, input as never, ctx);
    } catch (error) {
      throw declared(call, error, log, ctx);
    }
  };
}

function commandCall(
  call: Call,
  handler: CommandHandler<Call>,
  ground: ProviderGround,
  admit: Admit,
) {
  const { prepare, commit } = steps(handler);
  const name = `${call.contract}.${call.name}`;
  return async (ctx: CallContext, input: unknown, _options?: CallOptions, bytes?: Bytes) => {
    try {
      admit(ctx, input);
      const command = keyedCommand(call, name, ctx.key, input);
      // A repeat need not prepare again; without a preparation the transaction itself looks.
      const known = prepare && (await findAnswer(ground.reader, command));
      if (known) return replay(known);
      const answer = await answerOnce(command, ctx, ground, async () => {
        const prepared = await prepare?.(ctx, input as never, ground.reader, bytes);
        if (ground.clock.now() >= ctx.deadline) throw callFailures.deadlinePassed({ call: name });
        const by = { actor: ctx.actor, key: ctx.key, prepared };
        return (tx) => commit(tx, input as never, by);
      });
      return replay(answer);
    } catch (error) {
      throw declared(call, error, ground.log, ctx);
    }
  };
}

type Steps = {
  readonly prepare?: (
    ctx: CallContext,
    input: never,
    read: Reader,
    bytes: Bytes | undefined,
  ) => Promise<unknown>;
  readonly commit: TwoSteps<Call>['commit'];
};

function steps(handler: CommandHandler<Call>): Steps {
  if (typeof handler === 'function') return { commit: handler as TwoSteps<Call>['commit'] };
  return handler as unknown as Steps;
}

type Command = Parameters<typeof findAnswer>[1];
type Effect = (tx: Tx) => unknown;

/**
 * Takes effect once for a key, whoever else tries at the same time: the effect and its answer commit
 * together, and who comes second (the key is the table's primary key) is rolled back and gets the
 * first answer. A declared failure is an answer too: its effects are rolled back and it is kept.
 */
async function answerOnce(
  command: Command,
  ctx: CallContext,
  { write, reader }: ProviderGround,
  prepare: () => Promise<Effect>,
): Promise<Answer> {
  try {
    const effect = await prepare();
    return await write(ctx.trace, async (tx, raw) => {
      const known = await findAnswer(raw, command);
      if (known) return known;
      const output = await effect(tx);
      const answer = output instanceof Failure ? { failure: output } : { output };
      if (!(await keepAnswer(raw, command, answer, tx.now))) throw new AnsweredMeanwhile();
      return answer;
    });
  } catch (error) {
    if (error instanceof AnsweredMeanwhile) return await firstAnswer(reader, command);
    if (!isAnswer(error)) throw error;
    const answer = { failure: error };
    const kept = await write(ctx.trace, (tx, raw) => keepAnswer(raw, command, answer, tx.now));
    return kept ? answer : await firstAnswer(reader, command);
  }
}

class AnsweredMeanwhile extends Error {}

async function firstAnswer(reader: Reader, command: Command): Promise<Answer> {
  const answer = await findAnswer(reader, command);
  if (!answer) throw new Error(`The answer of ${command.call} was kept and is gone.`);
  return answer;
}

/**
 * A refusal by the module's own rules. What passes by itself (busy, too slow) must not stick to the key,
 * and whoever is nobody leaves no row: guesses must not fill the store.
 */
function isAnswer(error: unknown): error is Failure {
  return error instanceof Failure && error.contract !== 'kernel' && !passing.includes(error.kind);
}

const passing: readonly FailureKind[] = ['too_many', 'unavailable', 'too_slow', 'unauthenticated'];

function replay(answer: Answer): unknown {
  if ('failure' in answer) throw answer.failure;
  return answer.output;
}

function declared(call: Call, error: unknown, log: Logger, ctx: CallContext): Error {
  if (error instanceof Failure || error instanceof CallBroke) return error;
  const name = `${call.contract}.${call.name}`;
  // Who asked has gone: what is left of the call is nobody's fault.
  if (ctx.signal.aborted && error === ctx.signal.reason) return new CallBroke(name, error);
  log.error(
    { err: error, call: name, caller: ctx.caller, trace: ctx.trace.traceId },
    'a call broke',
  );
  return new CallBroke(name, error);
}
