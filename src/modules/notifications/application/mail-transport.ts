/** What goes over the wire. `messageId` is the same at every try. */
export type Message = {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly messageId: string;
};

/** Takes mails out of the house, at least once each. */
export type MailTransport = {
  /** False for the mailbox: there a mail has arrived when it is kept. */
  readonly leavesHouse: boolean;
  /**
   * Resolves when somebody else has taken the mail over. Throws `mailRefused` when nobody ever will,
   * anything else when nobody did now, or nobody can tell.
   */
  send(message: Message, signal: AbortSignal): Promise<void>;
};
