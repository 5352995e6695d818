import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { createLogger } from '#kernel/log';
import { createSeals, type Seals } from '#test/seals';

import { redisEvents } from '../../src/transports/redis/events.ts';

type Other = {
  readonly seals: Seals;
  /** Resolves when it has begun to store events; it never ends. */
  readonly received: Promise<unknown>;
  kill(signal: NodeJS.Signals): void;
};

/** Starts another instance of the listener in a process of its own, which hangs in its first batch. */
export async function startOther(url: string, prefix: string): Promise<Other> {
  const child = fork(fileURLToPath(import.meta.url), [url, prefix], { stdio: 'inherit' });
  const [listens] = await once(child, 'message');
  if (listens !== 'listens') throw new Error('The other instance does not listen.');
  return { seals: openSeals(), received: once(child, 'message'), kill: (how) => child.kill(how) };
}

/** Both processes have to hold the same key; this one is for their test alone. */
function openSeals(): Seals {
  return createSeals(undefined, 'a'.repeat(43));
}

if (process.send && process.argv[1] === fileURLToPath(import.meta.url)) {
  const [url = '', prefix = ''] = process.argv.slice(2);
  const log = createLogger('silent');
  const hearersOf = () => ['listener'];
  const events = redisEvents({ url, hearersOf, trust: openSeals(), log, prefix });
  await events.subscribe('listener', 'teller', () => {
    process.send?.('received');
    return new Promise(() => undefined);
  });
  process.send('listens');
}
