import { command, defineContract, query, stream } from '#kernel/contract';
import { failure } from '#kernel/failure';
import { Id, oneOf, PageRequest, page, type Static, Timestamp, Type } from '#kernel/schema';

/** The letters that we know how to write. */
export const Template = oneOf(
  'welcome',
  'email_verification',
  'email_changing',
  'password_reset',
  'account_changed',
  'order_completed',
  'order_rejected',
  'order_cancelled',
  'order_refunded',
  'payment_refunded',
  'daily_report',
  'text',
);
export type Template = Static<typeof Template>;

/**
 * `waiting` for the mail server; `delivered`: it has taken the mail, or the mailbox has; `refused` by it
 * for good, or not sent: an address that nobody has confirmed gets ten mails in an hour that begins with
 * the first, and ten letters with a code.
 */
const MailStatus = oneOf('waiting', 'delivered', 'refused');
export type MailStatus = Static<typeof MailStatus>;

export const Channel = oneOf('email', 'sms');
export type Channel = Static<typeof Channel>;

/** A telephone number as E.164 writes it: `+4930123456`. */
export const Phone = Type.String({ pattern: '^\\+[1-9]\\d{6,14}$' });

/** By which ways a customer is told of their orders. What concerns the account always comes by mail. */
export const Preferences = Type.Object({
  phone: Type.Union([Phone, Type.Null()]),
  orders: Type.Array(Channel, { uniqueItems: true, maxItems: 2 }),
});
export type Preferences = Static<typeof Preferences>;

/** A mail or a text message as it is in the mailbox. */
export const Mail = Type.Object({
  id: Id,
  channel: Channel,
  userId: Type.Union([Id, Type.Null()]),
  to: Type.String(),
  template: Template,
  subject: Type.String(),
  text: Type.String(),
  html: Type.String(),
  /** Stays the same however often the mail is sent, so that a recipient can tell a repetition. */
  messageId: Type.String(),
  /** What it is about: the id of the event that caused it, or what `sendEmail` was told. */
  reference: Type.String(),
  status: MailStatus,
  /** What the mail server said when it refused, or why the mail was not sent. */
  problem: Type.Union([Type.String(), Type.Null()]),
  createdAt: Timestamp,
});
export type Mail = Static<typeof Mail>;

/** A mail as its recipient sees it. */
export const Notification = Type.Object({
  id: Id,
  channel: Channel,
  template: Template,
  subject: Type.String(),
  text: Type.String(),
  createdAt: Timestamp,
});
export type Notification = Static<typeof Notification>;

/** Tells people what happened, once. */
export const notifications = defineContract('notifications', {
  calls: {
    /**
     * Writes a mail and sees to its delivery. There is one mail for a reference and recipient:
     * repeating it answers that mail, whatever the key. Has no public route.
     */
    sendEmail: command('Sends an e-mail.', {
      input: Type.Object({
        to: Type.String({ minLength: 3, maxLength: 254 }),
        template: Template,
        data: Type.Record(Type.String(), Type.String({ maxLength: 2000 })),
        reference: Type.String({ minLength: 1, maxLength: 200 }),
        userId: Type.Optional(Id),
      }),
      output: Type.Object({ mailId: Id }),
    }),

    /**
     * Writes a text message and sees to its delivery. There is one for a reference and number:
     * repeating it answers that one, whatever the key. Has no public route.
     */
    sendSms: command('Sends a text message.', {
      input: Type.Object({
        to: Phone,
        /** Three messages' worth of the alphabet of GSM 03.38 at most. */
        text: Type.String({ minLength: 1, maxLength: 459 }),
        reference: Type.String({ minLength: 1, maxLength: 200 }),
        userId: Type.Optional(Id),
      }),
      output: Type.Object({ mailId: Id }),
    }),

    /** For that user and for administrators. Who never chose gets mails. */
    getPreferences: query('Shows by which ways I am told of my orders.', {
      input: Type.Object({ userId: Id }),
      output: Preferences,
    }),

    /**
     * The last one counts. Beyond twenty text messages an hour, of a customer or to a number, what
     * there is to tell comes by mail. Refused: `phoneMissing`.
     */
    setPreferences: command('Chooses by which ways I am told of my orders.', {
      input: Type.Object({ userId: Id, ...Preferences.properties }),
      output: Preferences,
      // The number must not outlive its account in what is kept of the answer.
      secret: true,
    }),

    exportAccount: stream('Everything kept about a user.', {
      input: Type.Object({ userId: Id }),
      output: Type.Union([
        Type.Object({ kind: oneOf('message'), message: Notification, to: Type.String() }),
        Type.Object({ kind: oneOf('preferences'), preferences: Preferences }),
      ]),
    }),

    /**
     * What was sent to a user, newest first: for that user and for administrators. Letters with a code
     * are not among it: a code proves that somebody reads the mail, and not that they are logged in.
     */
    listNotifications: query('Lists what was sent to me, the newest first.', {
      input: Type.Object({ userId: Id, ...PageRequest }),
      output: page(Notification),
    }),

    /** Every mail, newest first: for administrators. */
    listMailbox: query('Lists every mail, the newest first.', {
      input: Type.Object({ to: Type.Optional(Type.String({ maxLength: 254 })), ...PageRequest }),
      output: page(Mail),
    }),
  },
  events: {},
  errors: {
    unsafeAddress: failure('invalid', 'This is no address that mail can be sent to.'),
    unsafeHeader: failure('malformed', 'A mail header holds no control characters.'),
    phoneMissing: failure('invalid', 'Text messages want a telephone number.'),
    missingData: failure(
      'invalid',
      'The template wants data that is not there.',
      Type.Object({ missing: Type.Array(Type.String()) }),
    ),
    invalidCursor: failure('malformed', 'The cursor is not one that this list has given.'),
    mailRefused: failure(
      'invalid',
      'The mail server refused the mail for good.',
      Type.Object({ said: Type.String() }),
    ),
  },
});
