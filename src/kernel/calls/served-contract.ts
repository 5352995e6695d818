import type { AnyContract, Call } from '../contract.ts';
import type { Handler } from '../handlers.ts';
import type { CallContext, CallOptions } from '../ports/call-context.ts';
import type { Invoke, ServedContract } from '../ports/call-transport.ts';
import { callFailures } from './call-failures.ts';
import type { Context } from './context.ts';
import { composeCall, type ProviderGround } from './pipeline.ts';

/** Which calls a caller declared: by contract (a module) or call by call (the gateway's routes). */
export type Grants = { allows(caller: string, contract: string, call: string): boolean };

/** Wraps values on their way in and out, to prove that nothing depends on shared references. */
export type Wrap = (value: unknown) => unknown;

/** Composes every call of a contract, and lets in only callers that declared it. */
export function serveContract(
  contract: AnyContract,
  handlers: Readonly<Record<string, unknown>>,
  ground: ProviderGround,
  grants: Grants,
  wrap: Wrap | undefined,
): ServedContract {
  const composed = new Map(
    (Object.values(contract.calls) as Call[]).map((call) => {
      const run = composeCall(call, handlers[call.name] as Handler<Call>, ground);
      return [call.name, { call, run: wrap ? wrapped(call, run, wrap) : run }];
    }),
  );
  return {
    contract: contract.name,
    invoke(caller, name) {
      const entry = composed.get(name);
      if (!entry) throw new Error(`${contract.name} has no call ${name}.`);
      if (!grants.allows(caller, contract.name, name)) {
        ground.log.warn(
          { audit: 'undeclared_call', caller, call: `${contract.name}.${name}` },
          'refused',
        );
        throw callFailures.undeclaredCall({ caller, call: `${contract.name}.${name}` });
      }
      return within(caller, entry.call, entry.run, ground);
    },
  };
}

/** Runs the call in a context of its own: who asks is now the caller, and its key derives from theirs. */
function within(caller: string, call: Call, run: Invoke, { clock, log }: ProviderGround): Invoke {
  const suffix = `/${call.contract}.${call.name}`;
  const keyed = call.kind === 'command';
  return (ctx: CallContext, input: unknown, options?: CallOptions) => {
    const key = keyed ? commandKey(ctx.key + suffix, options?.key) : '';
    const deadline =
      options?.timeoutMs === undefined
        ? ctx.deadline
        : Math.min(ctx.deadline, clock.now() + options.timeoutMs);
    return run((ctx as Context).child(caller, key, deadline, log), input);
  };
}

function commandKey(cause: string, told: string | undefined): string {
  return told === undefined ? cause : `${cause}:${told}`;
}

function wrapped(call: Call, run: Invoke, wrap: Wrap): Invoke {
  if (call.kind === 'stream') {
    return async function* items(ctx, input) {
      for await (const item of run(ctx, wrap(input)) as AsyncIterable<unknown>) yield wrap(item);
    };
  }
  return async (ctx, input) => wrap(await run(ctx, wrap(input)));
}
