import type { AnyContract, Call } from '../contract.ts';
import type { Bytes } from '../ports/bytes.ts';
import type { CallContext, CallOptions } from '../ports/call-context.ts';
import type { CallTransport, Invoke } from '../ports/call-transport.ts';

export type LateClients = {
  /** A client per contract, by the contract's name. */
  readonly clients: Readonly<Record<string, object>>;
  /** Resolves every call through the transport, once all modules are served. */
  connect(transport: CallTransport): void;
};

/**
 * Makes a module's clients before the modules that they reach exist: modules are wired first and
 * connected after, so that the order of starting does not matter.
 */
export function lateClients(caller: string, contracts: readonly AnyContract[]): LateClients {
  const bound: { call: Call; bind(invoke: Invoke): void }[] = [];
  const clientOf = (contract: AnyContract) =>
    Object.fromEntries(
      (Object.values(contract.calls) as Call[]).map((call) => {
        let invoke: Invoke = () => {
          throw new Error(`${call.contract}.${call.name} was called before the host had started.`);
        };
        bound.push({ call, bind: (connected) => (invoke = connected) });
        if (call.kind === 'upload') return [call.name, uploading(() => invoke)];
        const method = (ctx: CallContext, input: unknown, options?: CallOptions) =>
          invoke(ctx, input, options);
        return [call.name, method];
      }),
    );
  return {
    clients: Object.fromEntries(contracts.map((contract) => [contract.name, clientOf(contract)])),
    connect(transport) {
      for (const { call, bind } of bound) bind(transport.connect(caller, call.contract, call.name));
    },
  };
}

/** Whoever uploads names the bytes before the options, which few give. */
function uploading(invoke: () => Invoke) {
  return (ctx: CallContext, input: unknown, bytes: Bytes, options?: CallOptions) =>
    invoke()(ctx, input, options, bytes);
}
