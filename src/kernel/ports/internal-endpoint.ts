import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** What a transport serves on the internal listener, beside the operators' endpoints. */
export type InternalEndpoint = {
  /** Requests whose path begins so are its own: `/internal/`. */
  readonly prefix: string;
  /** Who waits for a word before the body is sent (`expect: 100-continue`) waits for it from here. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** A connection that wants to speak something else than HTTP from now on. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /**
   * A connection that nobody has read of. What the endpoint can not serve by itself it leaves to
   * `otherwise`, with all bytes put back: requests come to `handle` then.
   */
  connect?(socket: IncomingMessage['socket'], otherwise: () => void): void;
  /** Takes no new work, tells who is connected, and resolves when what was running has been answered. */
  drain(deadlineMs: number): Promise<void>;
};

/** Which versions of contracts meet, for hosts that talk for the first time. */
export type ContractBook = {
  /** A digest of a contract's calls, events and errors; the same text in every host that has the same contract. */
  fingerprint(contract: string): string | undefined;
  /** The contract as JSON: its calls, events and errors with their schemas. */
  exported(contract: string): string | undefined;
  /** Undefined when this host can talk with one that has the other version; else why not, in a sentence. */
  incompatibility(contract: string, exported: string): string | undefined;
};
