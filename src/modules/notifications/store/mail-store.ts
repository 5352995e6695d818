import type { Reader } from '#kernel/ports/store';
import type { Tx } from '#kernel/ports/tx';

import type { Mail, MailStatus, Template } from '../contract.ts';

type Row = {
  id: string;
  channel: Mail['channel'];
  user_id: string | null;
  recipient: string;
  template: string;
  subject: string;
  body_text: string;
  body_html: string;
  message_id: string;
  reference: string;
  status: string;
  problem: string | null;
  created_at: string;
};

/** Answers false when there is a mail to this recipient about this reference already. */
export async function addMail({ sql }: Tx, mail: Mail): Promise<boolean> {
  const { id, channel, userId, to, template, subject, text, html, messageId, reference } = mail;
  const added = await sql`
    insert into mails (id, channel, user_id, recipient, template, subject, body_text, body_html, message_id,
      reference, status, problem, created_at)
    values (${id}, ${channel}, ${userId}, ${to}, ${template}, ${subject}, ${text}, ${html}, ${messageId},
      ${reference}, ${mail.status}, ${mail.problem}, ${mail.createdAt})
    on conflict (reference, recipient) do nothing returning id`;
  return added.length > 0;
}

export async function findMailId(
  { sql }: Reader,
  reference: string,
  to: string,
): Promise<string | undefined> {
  const [row] = await sql<{ id: string }>`
    select id from mails where reference = ${reference} and recipient = ${to}`;
  return row?.id;
}

export async function findMail({ sql }: Reader, id: string): Promise<Mail | undefined> {
  const [row] = await sql<Row>`select * from mails where id = ${id}`;
  return row && toMail(row);
}

/** Notes what has become of a mail that was waiting. */
export async function settleMail(
  { sql }: Tx,
  id: string,
  status: MailStatus,
  problem: string | null,
): Promise<void> {
  await sql`update mails set status = ${status}, problem = ${problem} where id = ${id}`;
}

/** Takes a code out of a letter that has been delivered: it is of use to nobody here any more. */
export async function blankMail({ sql }: Tx, id: string): Promise<void> {
  await sql`update mails set body_text = '', body_html = '' where id = ${id}`;
}

/** Removes everything that was written to a user. */
export async function removeMailsOf({ sql }: Tx, userId: string): Promise<void> {
  await sql`delete from mails where user_id = ${userId}`;
}

/** Newest first (ids rise with time), older than `beforeId` where it is given. */
export async function listMailsOf(
  { sql }: Reader,
  userId: string,
  beforeId: string,
  limit: number,
): Promise<Mail[]> {
  const rows = await sql<Row>`
    select * from mails where user_id = ${userId} and id < ${beforeId}
      and template not in ('password_reset', 'email_verification')
    order by id desc limit ${limit}`;
  return rows.map(toMail);
}

export async function listMailsTo(
  { sql }: Reader,
  to: string,
  beforeId: string,
  limit: number,
): Promise<Mail[]> {
  const rows = await sql<Row>`
    select * from mails where recipient = ${to} and id < ${beforeId}
    order by id desc limit ${limit}`;
  return rows.map(toMail);
}

export async function listMails({ sql }: Reader, beforeId: string, limit: number): Promise<Mail[]> {
  const rows = await sql<Row>`
    select * from mails where id < ${beforeId} order by id desc limit ${limit}`;
  return rows.map(toMail);
}

/** Removes settled mails whose id is older than `beforeId`, at most `limit`; answers how many. */
export async function removeMails({ sql }: Tx, beforeId: string, limit: number): Promise<number> {
  const gone = await sql`
    delete from mails where id in (
      select id from mails where id < ${beforeId} and status <> 'waiting' order by id limit ${limit})
    returning id`;
  return gone.length;
}

function toMail(row: Row): Mail {
  return {
    id: row.id,
    channel: row.channel,
    userId: row.user_id,
    to: row.recipient,
    template: row.template as Template,
    subject: row.subject,
    text: row.body_text,
    html: row.body_html,
    messageId: row.message_id,
    reference: row.reference,
    status: row.status as MailStatus,
    problem: row.problem,
    createdAt: row.created_at,
  };
}
