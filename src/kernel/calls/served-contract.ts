import { type AnyContract, type Call, isCommand } from '../contract.ts';
import type { Handler } from '../handlers.ts';
import type { Bytes, Download } from '../ports/bytes.ts';
import type { CallContext, CallOptions } from '../ports/call-context.ts';
import type { Invoke, ServedContract } from '../ports/call-transport.ts';
import { callFailures } from './call-failures.ts';
import type { Context } from './context.ts';
import { logged } from './logged-call.ts';
import { composeMayCall } from './may-call.ts';
import { composeCall, type ProviderGround } from './pipeline.ts';

/** Which calls a caller declared: by contract (a module) or call by call (the gateway's routes). */
export type Grants = { allows(caller: string, contract: string, call: string): boolean };

/** Wraps what goes in and out, to prove that nothing depends on shared references or whole chunks. */
export type Wrap = {
  value(value: unknown): unknown;
  bytes(bytes: Bytes): Bytes;
};

/** Composes every call of a contract, and lets in only callers that declared it. */
export function serveContract(
  contract: AnyContract,
  handlers: Readonly<Record<string, unknown>>,
  ground: ProviderGround,
  grants: Grants,
  wrap: Wrap | undefined,
): ServedContract {
  const isLogged = ground.log.isLevelEnabled('debug');
  const calls = new Map(
    (Object.values(contract.calls) as Call[]).map((call) => {
      const composed = composeCall(call, handlers[call.name] as Handler<Call>, ground);
      const run = isLogged ? logged(call, composed, ground.log) : composed;
      return [call.name, { call, run: wrap ? wrapped(call, run, wrap) : run }];
    }),
  );
  const mayCall = composeMayCall(grants.allows, ground.log);
  return {
    contract: contract.name,
    invoke(caller, name) {
      const entry = calls.get(name);
      if (!entry) throw new Error(`${contract.name} has no call ${name}.`);
      if (!mayCall(caller, contract.name, name)) {
        throw callFailures.undeclaredCall({ caller, call: `${contract.name}.${name}` });
      }
      return within(caller, entry.call, entry.run, ground);
    },
  };
}

/** Runs the call in a context of its own: who asks is now the caller, and its key derives from theirs. */
function within(caller: string, call: Call, run: Invoke, { clock, log }: ProviderGround): Invoke {
  const suffix = `/${call.contract}.${call.name}`;
  const keyed = isCommand(call);
  return (ctx: CallContext, input: unknown, options?: CallOptions, bytes?: Bytes) => {
    const key = keyed ? commandKey(ctx.key + suffix, options?.key) : '';
    const deadline =
      options?.timeoutMs === undefined
        ? ctx.deadline
        : Math.min(ctx.deadline, clock.now() + options.timeoutMs);
    return run((ctx as Context).child(caller, key, deadline, log), input, undefined, bytes);
  };
}

function commandKey(cause: string, told: string | undefined): string {
  return told === undefined ? cause : `${cause}:${told}`;
}

function wrapped(call: Call, run: Invoke, wrap: Wrap): Invoke {
  if (call.kind === 'stream') {
    return async function* items(ctx, input) {
      const stream = run(ctx, wrap.value(input)) as AsyncIterable<unknown>;
      for await (const item of stream) yield wrap.value(item);
    };
  }
  if (call.kind === 'download') {
    return async (ctx, input) => {
      const { head, bytes } = (await run(ctx, wrap.value(input))) as Download<unknown>;
      return { head: wrap.value(head), bytes: bytes && wrap.bytes(bytes) };
    };
  }
  return async (ctx, input, options, bytes) =>
    wrap.value(await run(ctx, wrap.value(input), options, bytes && wrap.bytes(bytes)));
}
