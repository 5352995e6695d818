import { createAudit } from '../audit.ts';
import { Failure, type FailureRecord, statusOfKind } from '../failure.ts';
import type { RemoteGround, WireError } from '../ports/call-transport.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { CallBroke, callFailures } from './call-failures.ts';
import { createContext } from './context.ts';

/** What a call is made of when it comes from another host, and what becomes of its errors on the way. */
export function remoteGround(clock: Clock, log: Logger): RemoteGround {
  const audit = createAudit(log.child({ module: 'hosts' }));
  return {
    openContext: ({ caller, actor, key, trace, timeoutMs, gone }) =>
      createContext({
        ...{ caller, actor, key, trace, clock, log, gone },
        deadline: clock.now() + timeoutMs,
      }),
    toWire,
    statusOf: (error) =>
      statusOfKind[(error as { failure?: FailureRecord }).failure?.kind as never] ?? 500,
    fromWire,
    unavailable: (call, why) => callFailures.providerUnavailable({ call, why }),
    noRoom: (call, why) => callFailures.notAsked({ call, why, retryAfter: 1 }),
    audit: (host, facts) =>
      audit(`${facts.audit} ${host}`, { ...shown(facts), audit: facts.audit }),
    deadlinePassed: (call) => callFailures.deadlinePassed({ call }),
  };
}

const mostShownCharacters = 100;

/** What others say is cut short before it is written down. */
function shown(facts: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const entries = Object.entries(facts).map(([name, value]) => {
    const text = typeof value === 'string' ? value : `(${typeof value})`;
    return [name, text.slice(0, mostShownCharacters)];
  });
  return Object.fromEntries(entries);
}

function toWire(error: unknown): WireError {
  if (error instanceof Failure) return { failure: error.toRecord() };
  return { broke: error instanceof CallBroke ? error.call : 'a call' };
}

function fromWire(error: unknown): Error {
  const { failure, broke } = (error ?? {}) as { failure?: unknown; broke?: unknown };
  if (isRecord(failure)) return new Failure(failure);
  const call = typeof broke === 'string' ? broke : 'a call';
  return new CallBroke(call, new Error('Its cause is in the log of the host that ran it.'));
}

function isRecord(value: unknown): value is FailureRecord & { readonly details: unknown } {
  const { contract, code, kind, title } = (value ?? {}) as Record<string, unknown>;
  const texts = [contract, code, title].every((one) => typeof one === 'string');
  return texts && typeof kind === 'string' && Object.hasOwn(statusOfKind, kind);
}
