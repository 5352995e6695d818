/** The only source of new ids: UUIDv7, rising within a process. */
export type Ids = { next(): string };
