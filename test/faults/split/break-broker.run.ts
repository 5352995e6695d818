import { parseArgs } from 'node:util';

import { startRabbit } from '#test/rabbitmq';
import { startRedis } from '#test/redis';
import { everyModuleApart } from '#test/split-shop';

import { breakBroker } from './break-broker.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: 'redis' },
    outages: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '20' },
    clients: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
  },
});
const { events } = values;
if (events !== 'redis' && events !== 'rabbitmq') throw new Error('--events redis or rabbitmq');

const broker = await (events === 'redis' ? startRedis() : startRabbit());
try {
  console.log(`${events} killed ${values.outages} times for ${values.seconds} s, under orders`);
  const { outages, ...counts } = await breakBroker({
    hosts: everyModuleApart,
    ...{ events, broker },
    outages: Number(values.outages),
    outageMs: Number(values.seconds) * 1000,
    clients: Number(values.clients),
    seed: Number(values.seed),
    tell: console.log,
  });
  console.table(counts);
  if (!outages.some(({ backlog }) => backlog > 0))
    throw new Error('No event waited: nothing shown.');
  console.log('money, stock, mails and acknowledged orders: exact');
} finally {
  await broker.stop();
}
