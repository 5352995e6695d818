import { parseArgs } from 'node:util';

import { everyModuleApart } from '#test/split-shop';

import { startServers } from '../../servers.ts';
import { freshDatabase } from '../../support/database.ts';
import { restartInTurn } from './restart-in-turn.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: 'http' },
    instances: { type: 'string', default: '2' },
    clients: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
  },
});
const { events } = values;
if (events !== 'http' && events !== 'redis' && events !== 'rabbitmq') {
  throw new Error('--events http, redis or rabbitmq');
}

const servers = await startServers();
const { TEST_POSTGRES_URL: postgres, TEST_REDIS_URL: redis, TEST_AMQP_URL: rabbitmq } = process.env;
if (!postgres) throw new Error('No PostgreSQL: run `npm run servers:install`.');
const ends: (() => void | Promise<void>)[] = [];
try {
  console.log(`${values.instances} instances of every host, restarted in turn under orders`);
  const report = await restartInTurn({
    hosts: everyModuleApart,
    instances: Number(values.instances),
    databaseUrl: await freshDatabase(postgres, { after: (end) => void ends.push(end) }),
    clients: Number(values.clients),
    seed: Number(values.seed),
    events,
    env: { ...(redis && { REDIS_URL: redis }), ...(rabbitmq && { AMQP_URL: rabbitmq }) },
    tell: console.log,
  });
  const { restarted, failed, ...counts } = report;
  console.table({ restarted: restarted.length, failed: failed.length, ...counts });
  for (const failure of failed.slice(0, 20)) console.log(failure);
  console.log('money, stock, mails and acknowledged orders: exact');
  process.exitCode = failed.length === 0 && report.hits > 0 ? 0 : 1;
} finally {
  for (const end of ends) await end();
  await servers.stop();
}
