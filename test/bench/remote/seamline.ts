import { createContext, newTrace } from '#kernel/calls/context';
import { serveContract } from '#kernel/calls/served-contract';
import { defineContract, query } from '#kernel/contract';
import { createLogger } from '#kernel/log';
import type { Reader } from '#kernel/ports/store';
import type { Write } from '#kernel/ports/work';
import { systemClock } from '#kernel/system-clock';
import { openHttpHost } from '#test/http-hosts';

import { Parcel, packed, type RemoteWay } from './payload.ts';

const desk = defineContract('desk', {
  calls: { pack: query('Packs a parcel.', { input: Parcel, output: Parcel }) },
  events: {},
  errors: {},
});

const log = createLogger('warn');

/** One of our own two ways between hosts. Every call has a context of its own, as at the edge. */
export function seamline(mode: 'stream' | 'request'): RemoteWay {
  return {
    name: `seamline ${mode}`,

    async serve(port) {
      const host = await openHttpHost({ host: 'desk', modules: ['desk'], contracts: [desk], port });
      // A query that reads nothing: the call itself is measured, not a database.
      const ground = { reader: {} as Reader, write: {} as Write, clock: systemClock, log };
      const handlers = { pack: async (_read: Reader, one: Parcel) => packed(one) };
      const grants = { allows: () => true };
      host.transport.calls.serve(serveContract(desk, handlers, ground, grants, undefined));
    },

    async connect(port) {
      const host = await openHttpHost({ host: 'shop', modules: ['shop'], contracts: [desk], mode });
      host.balancer.add('desk', { id: 'desk', url: `http://127.0.0.1:${port}` });
      const invoke = host.transport.calls.connect('shop', 'desk', 'pack');
      return (one) => invoke(context(), one) as Promise<Parcel>;
    },
  };
}

function context() {
  return createContext({
    caller: 'edge',
    actor: { kind: 'user', id: '018f1f9e-7a5c-7cc0-8000-000000000000', roles: ['customer'] },
    key: 'bench',
    trace: newTrace(),
    deadline: systemClock.now() + 10_000,
    clock: systemClock,
    log,
    gone: undefined,
  });
}
