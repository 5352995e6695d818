// One life of a process that publishes and hears, for crash.test.ts: it ends by SIGKILL at the moment
// that it is told, or by itself when all that was told has taken effect.
import type { EventTransport } from '#kernel/ports/event-transport';
import { type Line, openListener, openTeller } from '#test/event-parties';
import { until } from '#test/until';

import { inProcessEvents } from '../../../src/transports/in-process/events.ts';

export type Life = {
  readonly folder: string;
  readonly url: string | undefined;
  readonly dies: 'never' | 'handled, not acknowledged' | 'published, not marked' | 'while handling';
  /** How many effects there are when all is done. */
  readonly effects: number;
  /** How long a process counts as alive after its last sign of life. */
  readonly aliveMs: number;
};

if (import.meta.main) await live(JSON.parse(process.argv[2] ?? '{}') as Life);

async function live({ folder, url, dies, effects, aliveMs }: Life): Promise<void> {
  const place = { folder, url: url === undefined ? undefined : new URL(url) };
  const allHandled = async () => (await listener.notes()).length >= effects;
  const transport = deadly(inProcessEvents(), dies, allHandled);
  const refuse = ({ story, line }: Line) => {
    if (dies === 'while handling' && story === 'poison' && line === 2) die();
  };
  const policy = { attempts: 2, aliveMs, firstDelayMs: 5, maxDelayMs: 5, reconcileMs: 500 };
  const listener = await openListener({ place, transport, refuse, policy });
  const teller = await openTeller({ place, transport, relay: { publishTimeoutMs: 500 } });
  const isParked = async () =>
    (await listener.inbox.operator.list({ state: 'parked', limit: 1 })).length === 1;
  await until(
    async () =>
      (await allHandled()) &&
      (await teller.relay.lag()).rows === 0 &&
      (dies !== 'while handling' || (await isParked())),
    { what: `${effects} effects`, timeoutMs: 20_000 },
  );
  await teller.stop();
  await listener.stop();
}

function deadly(
  transport: EventTransport,
  dies: Life['dies'],
  allHandled: () => Promise<boolean>,
): EventTransport {
  return {
    ...transport,
    async publish(source, batch) {
      await transport.publish(source, batch);
      // Every inbox has acknowledged; the outbox does not know it yet.
      if (dies === 'published, not marked') die();
    },
    subscribe: (subscriber, source, receive) =>
      transport.subscribe(subscriber, source, async (batch) => {
        await receive(batch);
        if (dies !== 'handled, not acknowledged') return;
        await until(allHandled, { what: 'all to be handled', timeoutMs: 20_000 });
        die();
      }),
  };
}

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('still alive');
}
