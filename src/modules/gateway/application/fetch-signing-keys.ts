import { users } from '#contracts/users';
import { createContext, newTrace } from '#kernel/calls/context';
import type { Call, OutputOf } from '#kernel/contract';
import type { Invoke } from '#kernel/ports/call-transport';
import type { Clock } from '#kernel/ports/clock';
import type { Logger } from '#kernel/ports/logger';

import { gateway } from '../contract.ts';

type Ground = {
  readonly connect: (call: Call) => Invoke;
  readonly clock: Clock;
  readonly log: Logger;
};

const getSigningKeys = users.calls.getSigningKeys;

const answerWithinMs = 5_000;

/** Asks the module that signs access tokens for its public keys, in a context of the door's own. */
export function fetchSigningKeys({ connect, clock, log }: Ground) {
  const invoke = connect(getSigningKeys);
  return async (): Promise<OutputOf<typeof getSigningKeys>> => {
    const ctx = createContext({
      caller: gateway.name,
      actor: { kind: 'anyone' },
      key: '',
      trace: newTrace(),
      deadline: clock.now() + answerWithinMs,
      clock,
      log,
      gone: undefined,
    });
    return (await invoke(ctx, {})) as OutputOf<typeof getSigningKeys>;
  };
}
