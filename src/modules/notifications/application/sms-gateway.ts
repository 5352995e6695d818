/** A text message on its way. `reference` is the same at every try. */
export type TextMessage = {
  readonly to: string;
  readonly text: string;
  readonly reference: string;
};

/** Takes text messages out of the house, at least once each. */
export type SmsGateway = {
  /** False for the mailbox: there a message has arrived when it is kept. */
  readonly leavesHouse: boolean;
  /**
   * Resolves when somebody else has taken the message over. Throws `mailRefused` when nobody ever
   * will, anything else when nobody did now, or nobody can tell.
   */
  send(message: TextMessage, signal: AbortSignal): Promise<void>;
};
