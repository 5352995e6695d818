import type { EventTransport } from '#kernel/ports/event-transport';
import { openHttpHost } from '#test/http-hosts';
import { staticBalancer } from '#test/static-balancer';

export type HttpBus = { connect(): Promise<EventTransport>; close(): Promise<void> };

/**
 * Events over http: every connection is a host with a listener of its own, which all the others know.
 * Somebody called `archive` hears everything, and lets nothing be seen of it.
 */
export async function openHttpBus(mode: 'stream' | 'request' = 'stream'): Promise<HttpBus> {
  const balancer = staticBalancer();
  const { ofSource, hearersOf } = openHearers();
  const closing: (() => Promise<void>)[] = [];
  let hosts = 0;

  async function connect(): Promise<EventTransport> {
    hosts += 1;
    const id = `host-${hosts}`;
    // It may speak for anybody, and is asked for those who have come to it.
    const modules = ['*'];
    const given = { host: id, modules, mode, balancer, hearersOf };
    const { transport, url, close } = await openHttpHost(given);
    closing.push(close);
    const isHere = new Set<string>();
    const announce = (module: string) => {
      if (!isHere.has(module)) balancer.add(module, { id, url });
      isHere.add(module);
      modules.push(module);
    };
    return {
      ...transport.events,
      async subscribe(subscriber, source, receive) {
        await transport.events.subscribe(subscriber, source, receive);
        ofSource(source).add(subscriber);
        announce(subscriber);
      },
      serveHistory(source, history) {
        transport.histories.serveHistory(source, history);
        announce(source);
      },
      history: (source) => transport.histories.history(source),
      async close() {
        for (const module of isHere) balancer.remove(module, id);
        await close();
      },
    };
  }

  const archive = await connect();
  for (const source of ['teller', 'herald', 'listener']) {
    await archive.subscribe('archive', source, async () => undefined);
  }
  return {
    connect,
    async close() {
      await Promise.all(closing.map((close) => close()));
    },
  };
}

/** Who hears a source is who has subscribed to it. */
function openHearers() {
  const hearers = new Map<string, Set<string>>();
  const ofSource = (source: string) => {
    const known = hearers.get(source) ?? new Set<string>();
    hearers.set(source, known);
    return known;
  };
  return { ofSource, hearersOf: (source: string): readonly string[] => [...ofSource(source)] };
}
