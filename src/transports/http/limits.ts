/** The bounds of everything that waits, grows or repeats between two hosts. */
export type HttpLimits = {
  /** One input, answer or item as JSON, with what is said around it. */
  readonly payloadBytes: number;
  /**
   * To one instance, and on one connection at its end: more than a host lets out to a module, or
   * its streams would leave no room for its calls.
   */
  readonly callsInFlight: number;
  /** Of what is asked beside calls, on one connection, at its end. */
  readonly asksInFlight: number;
  /** What may wait to be sent on one connection before it takes no more. */
  readonly waitingBytes: number;
  /** Until a connection is open and both ends are proven. */
  readonly connectMs: number;
  /** How long a call waits for a first instance to be known. */
  readonly awaitInstanceMs: number;
  /** A silent peer is asked for a sign of life this often; it is taken for dead after two of them. */
  readonly beatMs: number;
  /** A proof may come so long after the one before it has ended. */
  readonly renewalMs: number;
  /** A connection on which nothing was asked for so long is closed. */
  readonly idleMs: number;
  /** Between attempts to reach one instance: full jitter, doubling from the first to the last. */
  readonly firstBackoffMs: number;
  readonly lastBackoffMs: number;
  /** For one exchange of events, history or contracts. */
  readonly exchangeMs: number;
  /** Events in one answer of a history. */
  readonly historyPage: number;
  /** Connections to one instance, in request mode. Streams, uploads and downloads have their own. */
  readonly sockets: number;
};

export const defaultLimits: HttpLimits = {
  payloadBytes: 8 * 1024 * 1024,
  callsInFlight: 2048,
  asksInFlight: 1024,
  waitingBytes: 32 * 1024 * 1024,
  connectMs: 3000,
  awaitInstanceMs: 2000,
  beatMs: 5000,
  renewalMs: 5000,
  idleMs: 300_000,
  firstBackoffMs: 50,
  lastBackoffMs: 2000,
  exchangeMs: 4500,
  historyPage: 500,
  sockets: 256,
};

/** Around a payload: the rest of its message. */
export const envelopeBytes = 64 * 1024;

/** Before a peer has proven itself it gets no more than this to be read at once. */
export const unprovenFrameBytes = 16 * 1024;

/** Units of credit that a flow begins with. An item costs one, and one more for each 16 KiB of it. */
export const flowWindow = 64;

/** The largest piece in which bytes travel. */
export const chunkBytes = 64 * 1024;

export function flowCost(bytes: number): number {
  return 1 + (bytes >> 14);
}

/** Calls that one peer may name on one connection. */
export const mostRoutes = 4096;
