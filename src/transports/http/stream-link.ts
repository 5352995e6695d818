import { dial, newNonce } from './dial.ts';
import { greetingOf, refuseIncompatible, verifyServer } from './greet.ts';
import type { LinkGround, OpenLink } from './link.ts';
import { StreamClient } from './stream-client.ts';

/** Opens streams: each end proves itself, the server first. */
export function streamLinks(ground: LinkGround): OpenLink {
  const { connectMs } = ground.limits;
  return async (module, instance, gone) => {
    const nonce = newNonce();
    const { socket, head } = await dial(instance, { 'x-seamline-nonce': nonce }, connectMs);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const late = setTimeout(() => reject(new Error('it did not greet in time')), connectMs);
    const client = new StreamClient(socket, head, module, ground, {
      greeted: resolve,
      gone(why) {
        reject(new Error(why));
        gone();
      },
    });
    try {
      const greeting = greetingOf(await promise);
      const peer = verifyServer(ground.trust, greeting, nonce, module);
      client.open(greeting);
      await refuseIncompatible(ground, module, peer, greeting, client);
      return client;
    } catch (error) {
      client.close('it can not be talked with');
      throw error;
    } finally {
      clearTimeout(late);
    }
  };
}
