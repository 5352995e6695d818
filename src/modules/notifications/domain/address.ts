import { notifications } from '../contract.ts';

/** One mailbox and nothing else: no names, groups, lists, quotes or comments (RFC 5322), no spaces. */
const word = '[^\\s@,:;<>()"\\\\\\[\\]\\u0000-\\u001f\\u007f-\\u009f]+';
const oneMailbox = new RegExp(`^${word}@${word}$`, 'u');

/** Longest path of RFC 5321. */
const mostCharacters = 254;

/** Answers the address, or throws `unsafeAddress`: what could name a second recipient or a header. */
export function safeAddress(to: string): string {
  const isSafe = to.length <= mostCharacters && oneMailbox.test(to);
  if (!isSafe) throw notifications.errors.unsafeAddress();
  return to;
}

/** Answers the text, or throws `unsafeHeader`: a line break would begin a header of the writer's own. */
export function safeHeader(text: string): string {
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    const isControl = code < 0x20 || (code >= 0x7f && code <= 0x9f);
    if (isControl || code === 0x2028 || code === 0x2029) throw notifications.errors.unsafeHeader();
  }
  return text;
}
