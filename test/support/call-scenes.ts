import type { CallTransport } from '#kernel/ports/call-transport';
import type { Store } from '#kernel/ports/store';
import { type Desk, openDesk } from '#test/call-desk';
import { desk as contract } from '#test/call-desk-contract';
import { type HttpHost, type HttpHostOptions, openHttpHost } from '#test/http-hosts';

export type HttpScene = {
  readonly desk: Desk;
  /** Where the desk is served. */
  readonly provider: HttpHost;
  /** Whence it is asked. */
  readonly consumer: HttpHost;
  readonly transport: CallTransport;
  readonly isRemote: true;
  close(): Promise<void>;
};

export const payloadBytes = 262_144;

/** Two hosts, one with the desk and one with the shop, and a listener each. */
export async function openHttpScene(
  store: Store,
  mode: 'stream' | 'request',
  consumerOptions: HttpHostOptions = {},
  providerOptions: HttpHostOptions = {},
): Promise<HttpScene> {
  const contracts = [contract];
  const limits = { payloadBytes };
  const provider = await openHttpHost({
    ...{ host: 'desk', modules: ['desk'], contracts },
    ...providerOptions,
    limits: { ...limits, ...providerOptions.limits },
  });
  const desk = openDesk(store);
  provider.transport.calls.serve(desk.served);
  const consumer = await openHttpHost({
    ...{ host: 'shop', modules: ['shop', 'stranger'], contracts, mode },
    ...consumerOptions,
    limits: { ...limits, ...consumerOptions.limits },
  });
  consumer.balancer.add('desk', { id: 'desk-1', url: provider.url });
  return {
    desk,
    provider,
    consumer,
    transport: consumer.transport.calls,
    isRemote: true,
    async close() {
      await consumer.close();
      await provider.close();
    },
  };
}
