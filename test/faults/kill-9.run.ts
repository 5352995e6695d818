import { parseArgs } from 'node:util';

import { killUnderOrders } from './kill-9.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    clients: { type: 'string', default: '8' },
  },
});

console.log(`kill -9 of the whole shop, ${values.kills} times, seed ${values.seed}`);
const report = await killUnderOrders({
  kills: Number(values.kills),
  seed: Number(values.seed),
  clients: Number(values.clients),
});
console.table(report);
if (report.hits === 0)
  throw new Error('No kill hit while orders were in flight: nothing was proved.');
console.log('money, stock, mails and acknowledged orders: exact');
