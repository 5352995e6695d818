/** Where originals are kept: files, or an S3-compatible store. Durable when `put` has resolved. */
export type Storage = {
  /** Moves the file at `path` into the storage, under the id of its picture. */
  put(id: string, path: string): Promise<void>;
  /** Works on the original as a local file, which may be gone afterwards. Throws `unknownMedia`. */
  withFile<T>(id: string, work: (path: string) => Promise<T>): Promise<T>;
  /** Removing what is not there is no error. */
  remove(id: string): Promise<void>;
  /** Everything that is kept and older than `olderThan` (milliseconds since the epoch). */
  list(olderThan: number): AsyncIterable<string>;
};
