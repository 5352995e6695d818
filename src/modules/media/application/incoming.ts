import type { Bytes } from '#kernel/ports/bytes';

import type { Image } from '../contract.ts';

/** A file as it came in: on the disk, counted, and known for what it is. */
export type Received = {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly format: Image['format'];
};

/** Where files are while they come in. */
export type Incoming = {
  /**
   * Keeps bytes as they come, and finds out what they are as soon as the first have come. Throws
   * `unsupportedImage`, or whatever the bytes break off with, and leaves nothing.
   */
  receive(bytes: Bytes): Promise<Received>;
  /** Removing what is not there, because the storage has it, is no error. */
  discard(file: Received): Promise<void>;
  /** Removes what came before then (milliseconds since the epoch) and was never kept. */
  sweep(olderThan: number): Promise<void>;
};
