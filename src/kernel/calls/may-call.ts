import { createAudit } from '../audit.ts';
import type { Logger } from '../ports/logger.ts';
import type { MayCall } from '../ports/trust.ts';

/**
 * The one rule for every door: who asks in the same process, from another host, or sends a call to
 * one. Whoever tries what is not declared leaves the same line, wherever it is found out.
 */
export function composeMayCall(isDeclared: MayCall, log: Logger): MayCall {
  const audit = createAudit(log);
  return (caller, contract, name) => {
    if (isDeclared(caller, contract, name)) return true;
    const call = `${contract}.${name}`;
    audit(`${caller} ${call}`, { audit: 'undeclared_call', caller, call });
    return false;
  };
}
