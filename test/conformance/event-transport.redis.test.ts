import { redisBinary } from '#test/redis';
import { storesUnderTest } from '#test/stores';

import { checkBrokerFaults } from './event-broker.suite.ts';
import { checkEventEffects } from './event-effects.suite.ts';
import { checkBrokerOutages } from './event-outage.suite.ts';
import { checkEventTransport } from './event-transport.suite.ts';
import { privateRedisBus, redisBus } from './redis-bus.ts';
import { doubts, duplicates, unruly } from './unruly-events.ts';

const url = process.env.TEST_REDIS_URL;

if (url) {
  const redis = async () => redisBus(url);
  checkEventTransport('redis', redis);
  for (const store of storesUnderTest()) {
    checkEventEffects('redis', store, redis);
    // What it may do badly is the inbox's business, and the inbox is tried on both stores elsewhere.
    if (store.name === 'postgres') continue;
    checkEventEffects('redis that repeats', store, redis, (one) => unruly(one, duplicates));
    checkEventEffects('redis in doubt', store, redis, (one) => unruly(one, doubts()));
  }
}

if (redisBinary()) {
  checkBrokerFaults('redis', privateRedisBus);
  for (const store of storesUnderTest()) checkBrokerOutages('redis', store, privateRedisBus);
}
