import { parseArgs } from 'node:util';

import { killUnderOrders } from './kill-9.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    clients: { type: 'string', default: '8' },
    /** `sandbox`, or `http`: one of the run's own, which does whatever can go wrong. */
    provider: { type: 'string', default: 'sandbox' },
  },
});
const { provider } = values;
if (provider !== 'sandbox' && provider !== 'http') throw new Error('--provider sandbox or http');

console.log(`kill -9 of the whole shop, ${values.kills} times, seed ${values.seed}, ${provider}`);
const { provider: shown, ...report } = await killUnderOrders({
  kills: Number(values.kills),
  seed: Number(values.seed),
  clients: Number(values.clients),
  provider,
});
console.table(report);
if (provider === 'http') console.table(shown);
if (report.hits === 0)
  throw new Error('No kill hit while orders were in flight: nothing was proved.');
console.log('money, stock, mails and acknowledged orders: exact');
