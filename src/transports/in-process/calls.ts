import type { CallTransport, ServedContract } from '#kernel/ports/call-transport';

/** Calls within one process: the provider's own composed function, with nothing in between. */
export function inProcessCalls(): CallTransport {
  const served = new Map<string, ServedContract>();
  return {
    name: 'in-process',

    serve(contract) {
      served.set(contract.contract, contract);
    },

    connect(caller, contract, call) {
      const provider = served.get(contract);
      if (!provider) {
        throw new Error(
          `${caller} calls ${contract}.${call}, and no module here serves ${contract}.`,
        );
      }
      return provider.invoke(caller, call);
    },

    close: async () => served.clear(),
  };
}
