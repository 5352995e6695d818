import { createContext, newTrace } from '#kernel/calls/context';
import { createLogger } from '#kernel/log';
import type { Actor, CallContext } from '#kernel/ports/call-context';
import { systemClock } from '#kernel/system-clock';

type Given = {
  readonly actor?: Actor;
  readonly key?: string;
  readonly timeoutMs?: number;
  readonly gone?: AbortController | AbortSignal;
};

const log = createLogger('silent');
let nth = 0;

/** The context of some work that asks others; each has a key of its own. */
export function someContext(given: Given = {}): CallContext {
  nth += 1;
  return createContext({
    caller: 'edge',
    actor: given.actor ?? { kind: 'anyone' },
    key: given.key ?? `work ${process.pid} ${nth}`,
    trace: newTrace(),
    deadline: systemClock.now() + (given.timeoutMs ?? 20_000),
    clock: systemClock,
    log,
    gone: given.gone,
  });
}
