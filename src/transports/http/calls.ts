import type { CallTransport, Invoke, KindOf } from '#kernel/ports/call-transport';

import { type CallGround, callOver } from './call-invoke.ts';
import type { Links } from './links.ts';
import type { Routes } from './routes.ts';

type Options = CallGround & { readonly kindOf: KindOf };

/** Calls to contracts whose providers run in other hosts. */
export function httpCalls(options: Options, routes: Routes, links: Links): CallTransport {
  const connected = new Map<string, Invoke>();
  return {
    name: 'http',

    serve: (served) => routes.serve(served),

    connect(caller, contract, call) {
      const key = JSON.stringify([caller, contract, call]);
      const before = connected.get(key);
      if (before) return before;
      const name = `${contract}.${call}`;
      const kind = options.kindOf(contract, call);
      if (!kind) throw new Error(`${caller} calls ${name}, and this host has no such contract.`);
      const invoke = callOver(options, links, { caller, contract, call, name }, kind);
      connected.set(key, invoke);
      return invoke;
    },

    close: async () => links.close(),
  };
}
