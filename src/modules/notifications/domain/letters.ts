import { notifications, type Template } from '../contract.ts';
import { safeHeader } from './address.ts';
import { layOut } from './layout.ts';

/** What a letter says: the same words as plain text and as HTML. */
export type Letter = { readonly subject: string; readonly text: string; readonly html: string };

type Data = Readonly<Record<string, string>>;
type Words = {
  readonly needs: readonly string[];
  readonly subject: (data: Data) => string;
  readonly paragraphs: (data: Data) => readonly string[];
};

const orderNeeds = ['username', 'orderId', 'total'];
const greeting = ({ username }: Data) => `Hello ${username},`;

const words: Readonly<Record<Template, Words>> = {
  welcome: {
    needs: ['username'],
    subject: () => 'Welcome',
    paragraphs: (data) => [greeting(data), 'Your account is ready. We are glad that you are here.'],
  },
  email_verification: {
    needs: ['username', 'code', 'expiresAt'],
    subject: () => 'Confirm your e-mail address',
    paragraphs: (data) => [
      greeting(data),
      'With this code you confirm that the address is yours:',
      `${data.code}`,
      `It is good until ${timeText(data.expiresAt)}. If you did not ask for it, somebody has mistyped theirs: do nothing.`,
    ],
  },
  email_changing: {
    needs: ['username', 'to'],
    subject: () => 'Your e-mail address is about to change',
    paragraphs: (data) => [
      greeting(data),
      `Your account is about to get the address ${data.to}. It does when that address is confirmed; until then this one stays.`,
      'If it was not you, change your password now.',
    ],
  },
  password_reset: {
    needs: ['username', 'code', 'expiresAt'],
    subject: () => 'Set a new password',
    paragraphs: (data) => [
      greeting(data),
      'With this code you set a new password, once:',
      `${data.code}`,
      `It is good until ${timeText(data.expiresAt)}. If you did not ask for it, do nothing: your password stays as it is.`,
    ],
  },
  account_changed: {
    needs: ['username', 'what'],
    subject: ({ what }) => `Your ${what} has changed`,
    paragraphs: (data) => [
      greeting(data),
      `The ${data.what} of your account has changed.`,
      'If it was not you, ask for a new password now: that ends every session.',
    ],
  },
  payment_refunded: {
    needs: orderNeeds,
    subject: (data) => `A refund for your order ${numberOf(data)}`,
    paragraphs: (data) => [
      greeting(data),
      `We have sent ${data.total} of your order ${data.orderId} back to you.`,
    ],
  },
  daily_report: {
    needs: ['day', 'zone', 'orders', 'gross', 'refunds', 'newCustomers'],
    subject: ({ day }) => `The shop on ${day}`,
    paragraphs: (data) => [
      `On ${data.day} (${data.zone}):`,
      `${data.orders} orders completed, ${data.gross} taken, ${data.refunds} sent back.`,
      `${data.newCustomers} new customers.`,
    ],
  },
  text: { needs: ['text'], subject: () => 'A message', paragraphs: ({ text }) => [text ?? ''] },
  order_completed: {
    needs: orderNeeds,
    subject: (data) => `Your order ${numberOf(data)} is complete`,
    paragraphs: (data) => [
      greeting(data),
      `Thank you. We have received ${data.total} for your order ${data.orderId}, and it is on its way.`,
    ],
  },
  order_rejected: {
    needs: [...orderNeeds, 'reason'],
    subject: (data) => `We could not complete your order ${numberOf(data)}`,
    paragraphs: (data) => [
      greeting(data),
      `Your order ${data.orderId} over ${data.total} could not be completed: ${data.reason}`,
      'You pay nothing for it: whatever you have paid is on its way back to you.',
    ],
  },
  order_cancelled: {
    needs: orderNeeds,
    subject: (data) => `Your order ${numberOf(data)} is cancelled`,
    paragraphs: (data) => [
      greeting(data),
      `Your order ${data.orderId} over ${data.total} is cancelled.`,
      'Whatever you have paid for it is on its way back to you.',
    ],
  },
  order_refunded: {
    needs: orderNeeds,
    subject: (data) => `Your order ${numberOf(data)} is refunded`,
    paragraphs: (data) => [
      greeting(data),
      `Your order ${data.orderId} over ${data.total} is refunded.`,
      'Whatever you have paid for it and not got back before is on its way to you.',
    ],
  },
};

/** Whether who reads the letter may act for the account. */
export function holdsCode(template: Template): boolean {
  return words[template].needs.includes('code');
}

/**
 * Writes a letter. Throws `missingData` for what the template needs and does not get, and
 * `unsafeHeader` when the data would break out of the subject.
 */
export function writeLetter(template: Template, data: Data): Letter {
  const { needs, subject, paragraphs } = words[template];
  const missing = needs.filter((name) => !Object.hasOwn(data, name));
  if (missing.length > 0) throw notifications.errors.missingData({ missing });
  const said = paragraphs(data);
  return {
    subject: safeHeader(subject(data)),
    text: `${said.join('\n\n')}\n`,
    html: layOut(said.map((line) => `<p>${escapeHtml(line)}</p>`).join('\n')),
  };
}

/** A letter's news in one line, short enough for one text message in most alphabets. */
export function smsText(template: Template, data: Data): string {
  const { needs, subject } = words[template];
  const missing = needs.filter((name) => !Object.hasOwn(data, name));
  if (missing.length > 0) throw notifications.errors.missingData({ missing });
  const amount = Object.hasOwn(data, 'total') ? ` (${data.total})` : '';
  return `${subject(data)}${amount}.`;
}

/** The end of an order's id is enough for a subject, and for a telephone; the letter has all of it. */
function numberOf({ orderId = '' }: Data): string {
  return orderId.replace(/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{4}(?=[\da-f]{8}$)/, '');
}

/** `2026-11-23 14:30 UTC`: nobody here knows where the reader is. */
function timeText(iso = ''): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Names and notes are other people's words: in HTML they are text and nothing else. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] as string);
}
