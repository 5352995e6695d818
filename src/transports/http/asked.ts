import type { KindOf } from '#kernel/ports/call-transport';

export type Kind = NonNullable<ReturnType<KindOf>>;

/** A call as one caller makes it. */
export type Asked = {
  readonly caller: string;
  readonly contract: string;
  readonly call: string;
  /** `inventory.reserveStock`. */
  readonly name: string;
};
