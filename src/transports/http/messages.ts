/**
 * What two hosts say to each other on a stream. A message is a JSON array that begins with one of
 * these numbers; `id` names a call or an ask and is chosen by whoever asks, rising.
 */
export const op = {
  /** `[hello, Greeting]`: the first word of who was called. */
  hello: 1,
  /** `[prove, token]`: the first word of who calls, and again before the token ends. */
  prove: 2,
  /** `[route, number, caller, contract, call]`: from now on the number stands for the three. */
  route: 3,
  /** The flags are 0 or 1. `[call, id, route, timeoutMs, actor, key, traceId, spanId, sampled, input, hasBytes, subKey?]`. */
  call: 4,
  /** `[ask, id, what, body]`: what is no call: events, a history, a contract. */
  ask: 5,
  /** `[cancel, id]`: nobody waits for the answer any more. */
  cancel: 6,
  /** `[answer, id, output?]`: ends the call. */
  answer: 7,
  /** `[failed, id, WireError]`: ends the call. */
  failed: 8,
  /** `[head, id, head, hasBytes]`: of a download; without bytes it ends the call. */
  head: 9,
  /** `[item, id, cost, value]`: of a stream. */
  item: 10,
  /** `[end, id]`: of a stream's items, or of bytes in either direction. */
  end: 11,
  /** `[credit, id, units]`: the reader has taken that much. */
  credit: 12,
  /** `[broke, id]`: whoever gave the bytes of an upload has failed. */
  broke: 13,
  /** `[leave]`: ask nothing more here. */
  leave: 14,
  /** `[left]`: nothing more will be asked. */
  left: 15,
  /** `[refused, WireError]`: the last word before the connection is closed. */
  refused: 16,
  ping: 17,
  pong: 18,
} as const;

export type Message = readonly unknown[];

/** How a server introduces itself. */
export type Greeting = {
  /** What the client's proof has to be bound to. */
  readonly nonce: string;
  /** The server's own proof, bound to the client's nonce. */
  readonly token: string;
  /** The fingerprints of the contracts that it serves. */
  readonly contracts: Readonly<Record<string, string>>;
  readonly callsInFlight: number;
};

export const streamProtocol = 'seamline-stream/1';

/** Whoever breaks the protocol loses the connection, and nobody else notices. */
export class ProtocolBroken extends Error {
  override readonly name = 'ProtocolBroken';
}
