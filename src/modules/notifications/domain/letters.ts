import { notifications, type Template } from '../contract.ts';
import { safeHeader } from './address.ts';

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
  order_completed: {
    needs: orderNeeds,
    subject: ({ orderId }) => `Your order ${orderId} is complete`,
    paragraphs: (data) => [
      greeting(data),
      `Thank you. We have received ${data.total} for your order ${data.orderId}, and it is on its way.`,
    ],
  },
  order_rejected: {
    needs: [...orderNeeds, 'reason'],
    subject: ({ orderId }) => `We could not complete your order ${orderId}`,
    paragraphs: (data) => [
      greeting(data),
      `Your order ${data.orderId} over ${data.total} could not be completed: ${data.reason}`,
      'You have not been charged.',
    ],
  },
  order_cancelled: {
    needs: orderNeeds,
    subject: ({ orderId }) => `Your order ${orderId} is cancelled`,
    paragraphs: (data) => [
      greeting(data),
      `Your order ${data.orderId} over ${data.total} is cancelled.`,
      'Whatever you have paid for it is on its way back to you.',
    ],
  },
  order_refunded: {
    needs: orderNeeds,
    subject: ({ orderId }) => `Your order ${orderId} is refunded`,
    paragraphs: (data) => [
      greeting(data),
      `We have sent ${data.total} for your order ${data.orderId} back to you.`,
    ],
  },
};

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
    html: `<!doctype html>\n${said.map((line) => `<p>${escapeHtml(line)}</p>`).join('\n')}\n`,
  };
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Names and notes are other people's words: in HTML they are text and nothing else. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] as string);
}
