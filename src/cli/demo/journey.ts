import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { moneyText } from '#kernel/money-text';

import { lastUnitRace } from './last-unit-race.ts';
import { placeOrder, settled } from './place-order.ts';
import { salesOfToday } from './sales-of-today.ts';
import { plentiful } from './shelf.ts';
import { type Order, type Product, patiently, type Story } from './story.ts';
import type { Chapter } from './teller.ts';
import type { Shop } from '#client';

const mostLooks = 30;

/** What a customer meets in a shop, the unpleasant things included. Leaves the stock as it was. */
export const journey: readonly Chapter<Story>[] = [
  {
    title: 'Ann signs up, and Bob too',
    happen: async ({ ann, bob }) => [await signUp(ann, 'Ann'), await signUp(bob, 'Bob')],
  },
  {
    title: 'Ann looks around, and searches for a mug',
    happen: async (story) => {
      story.goods = (await story.ann.catalog.listProducts({ limit: 100 })).items;
      story.mug = await plentiful(story);
      const { items } = await story.ann.catalog.listProducts({ search: 'mug' });
      const named = items.slice(0, 3).map(({ name, price }) => `${name}, ${moneyText(price)}`);
      return [`${story.goods.length} products, of which ${items.length} are mugs:`, ...named];
    },
  },
  {
    title: 'Ann orders two, and pays',
    happen: async (story) => {
      const order = await buy(story, 2, 'tok_ok');
      return [told(order), 'Stock taken, card charged, mail written: a saga, a row for each step.'];
    },
  },
  {
    title: 'Ann orders one more, and her bank declines',
    happen: async (story) => {
      const { refused } = await placeOrder(story.ann, mugOf(story), 1, 'tok_declined');
      if (refused !== 'payment_declined') throw new Error('The bank has not declined.');
      return [`402 ${refused}: nothing charged, and the unit is back on its shelf.`];
    },
  },
  { title: 'Ann and Bob want the last unit at the same moment', happen: lastUnitRace },
  {
    title: 'The payment provider takes the money, and its answer gets lost',
    happen: async (story) => {
      const order = await buy(story, 1, 'tok_unknown_outcome');
      return [told(order), 'No answer is no “no”: the shop asked the provider what became of it.'];
    },
  },
  {
    title: 'Everything goes back, and everybody gets their money',
    happen: async ({ bought }) => {
      for (const { by, order } of bought) {
        await settled(by, await by.orders.cancelOrder({ orderId: order.id }, patiently));
      }
      const payments = await Promise.all(bought.map(({ by, order }) => paymentOf(by, order)));
      return payments.map(
        ({ amount, refunded }) => `${moneyText(refunded)} of ${moneyText(amount)}`,
      );
    },
  },
  {
    title: 'Ann reads her mails',
    happen: async ({ ann, bought }) => {
      const given = bought.filter(({ by }) => by === ann);
      return await lettersOf(ann, given.length);
    },
  },
  { title: 'The administrator looks at the numbers', happen: salesOfToday },
];

async function signUp(shop: Shop, username: string): Promise<string> {
  const email = `${username.toLowerCase()}-${randomUUID().slice(0, 8)}@example.com`;
  const password = randomUUID();
  await shop.users.createUser({ email, password, username });
  await shop.logIn(email, password);
  return `${username} is ${email}`;
}

async function buy(story: Story, quantity: number, token: string): Promise<Order> {
  const { ann, bought } = story;
  const { order, refused } = await placeOrder(ann, mugOf(story), quantity, token);
  if (refused) throw new Error(`The shop refused an order: ${refused}.`);
  bought.push({ by: ann, order });
  return order;
}

/** Letters follow their events, mostly within milliseconds: the last ones are waited for a little. */
async function lettersOf(shop: Shop, cancelled: number): Promise<readonly string[]> {
  for (let look = 1; ; look += 1) {
    const { items } = await shop.notifications.listNotifications({ limit: 20 });
    const subjects = items.map(({ subject }) => subject).reverse();
    const come = subjects.filter((subject) => subject.endsWith('is cancelled')).length;
    if (come >= cancelled || look === mostLooks) return subjects;
    await pause(100);
  }
}

function mugOf({ mug }: Story): Product {
  if (!mug) throw new Error('Ann has not looked around.');
  return mug;
}

function paymentOf(shop: Shop, { paymentId }: Order) {
  if (!paymentId) throw new Error('An order without a payment.');
  return shop.payments.getPayment({ paymentId });
}

function told({ status, total, items }: Order): string {
  const units = items.reduce((sum, { quantity }) => sum + quantity, 0);
  return `${status}: ${units} for ${moneyText(total)}`;
}
