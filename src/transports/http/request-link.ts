import { newNonce } from './dial.ts';
import { greetingOf, refuseIncompatible, verifyServer } from './greet.ts';
import type { LinkGround, OpenLink } from './link.ts';
import { RequestClient } from './request-client.ts';
import { helloPath } from './request-wire.ts';

/** An instance is greeted again when its proof has this long to go. */
const renewBeforeMs = 25_000;

/** Greets instances before they are asked anything, and from time to time while they are. */
export function requestLinks(ground: LinkGround): OpenLink {
  const { limits, trust } = ground;
  return async (module, instance, gone) => {
    const client = new RequestClient(module, instance, ground);
    const greet = async (timeoutMs: number) => {
      const nonce = newNonce();
      const greeting = greetingOf(await client.hello(helloPath, nonce, timeoutMs));
      const peer = verifyServer(trust, greeting, nonce, module);
      client.proven(greeting, peer.until);
      await refuseIncompatible(ground, module, peer, greeting, client);
    };
    try {
      await greet(limits.connectMs);
    } catch (error) {
      client.close('it can not be talked with');
      throw error;
    }
    keepAlive(client, greet, ground, gone);
    return client;
  };
}

/**
 * While something is asked: greets again before the proof ends, and when nothing at all was answered
 * for a while, since a host that stands still closes no connection. What is idle is given up.
 */
function keepAlive(
  client: RequestClient,
  greet: (timeoutMs: number) => Promise<void>,
  { limits }: LinkGround,
  gone: () => void,
): void {
  const { pending } = client;
  let [begunBefore, endedBefore] = [pending.begun, pending.ended];
  let isGreeting = false;

  function end(close: () => void): void {
    clearInterval(beating);
    gone();
    close();
  }

  async function beat(): Promise<void> {
    const isSilent = pending.size > 0 && pending.ended === endedBefore;
    endedBefore = pending.ended;
    if (isGreeting || (!isSilent && client.provenForMs > renewBeforeMs)) return;
    if (pending.size === 0 && pending.begun === begunBefore) return end(() => client.retire());
    begunBefore = pending.begun;
    isGreeting = true;
    await greet(limits.beatMs);
    isGreeting = false;
  }

  const beating = setInterval(() => {
    beat().catch((error: Error) => end(() => client.close(`no sign of life: ${error.message}`)));
  }, limits.beatMs);
  beating.unref();
}
