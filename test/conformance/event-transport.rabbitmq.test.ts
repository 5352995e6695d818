import { openRabbitBus, rabbitForThisFile } from '#test/rabbit-bus';
import { storesUnderTest } from '#test/stores';

import { checkEventEffects } from './event-effects.suite.ts';
import { checkEventTransport } from './event-transport.suite.ts';

const url = await rabbitForThisFile();

if (url) {
  const open = async () => openRabbitBus(url);
  checkEventTransport('rabbitmq', open);
  for (const store of storesUnderTest()) checkEventEffects('rabbitmq', store, open);
}
