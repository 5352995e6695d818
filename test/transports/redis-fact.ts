import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';

import { createLogger } from '#kernel/log';
import type { CloudEvent } from '#kernel/ports/event-transport';
import { createSeals } from '#test/seals';

import { redisEvents } from '../../src/transports/redis/events.ts';

type Opening = { prefix?: string; seals?: ReturnType<typeof createSeals>; hearers?: string[] };

export function open(t: TestContext, server: string, opening: Opening = {}) {
  const { prefix = `test-${randomUUID()}`, seals = ours, hearers = ['listener'] } = opening;
  const hearersOf = () => hearers;
  const log = createLogger('silent');
  const events = redisEvents({ url: server, hearersOf, trust: seals, log, prefix });
  t.after(() => events.close());
  return events;
}

const ours = createSeals();

export async function stored(): Promise<void> {}

export const keep = (heard: Map<string, CloudEvent>) => async (batch: readonly CloudEvent[]) => {
  for (const event of batch) heard.set(event.id, event);
};
