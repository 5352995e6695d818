import { defineEntity, p } from '@mikro-orm/core';

/** One message to one recipient about one thing. */
export const MailEntity = defineEntity({
  name: 'Mail',
  tableName: 'mails',
  properties: {
    id: p.text().primary(),
    channel: p.text(),
    userId: p.text().nullable(),
    recipient: p.text(),
    template: p.text(),
    subject: p.text(),
    bodyText: p.text(),
    bodyHtml: p.text(),
    messageId: p.text().unique(),
    reference: p.text(),
    status: p.text(),
    problem: p.text().nullable(),
    createdAt: p.text(),
  },
  uniques: [{ properties: ['reference', 'recipient'] }],
});

/** How much was sent within an hour that began at `since`, to whom `key` is a digest of. */
export const SendingCountEntity = defineEntity({
  name: 'SendingCount',
  tableName: 'sending_counts',
  properties: { key: p.text().primary(), since: p.bigint('number'), sent: p.integer() },
});

/** What a customer chose. `orders` is JSON. */
export const PreferenceEntity = defineEntity({
  name: 'Preference',
  tableName: 'preferences',
  properties: { userId: p.text().primary(), phone: p.text().nullable(), orders: p.text() },
});
