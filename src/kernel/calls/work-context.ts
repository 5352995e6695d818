import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { MakeContext } from '../ports/work.ts';
import { createContext, newTrace } from './context.ts';

/** Contexts for work that nobody outside asked for (sagas, subscribers, timers): it acts as the module. */
export function workContexts(module: string, clock: Clock, log: Logger): MakeContext {
  return ({ key, timeoutMs, trace = newTrace(), signal }) =>
    createContext({
      caller: module,
      actor: { kind: 'system', id: module },
      key,
      trace,
      deadline: clock.now() + timeoutMs,
      clock,
      log,
      gone: signal,
    });
}
