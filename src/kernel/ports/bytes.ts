/**
 * Bytes on their way, chunk by chunk: whoever reads sets the pace, and leaving the loop stops the
 * source. Chunks end wherever the way cut them.
 */
export type Bytes = AsyncIterable<Uint8Array>;

/** The answer of a download: what is known of the bytes, then the bytes. None where nothing changed. */
export type Download<Head> = { readonly head: Head; readonly bytes: Bytes | undefined };
