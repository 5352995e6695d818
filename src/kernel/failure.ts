import type { Static, TSchema } from './schema.ts';

/** What a refusal means on the wire: the HTTP status of each kind (DESIGN: failures on the wire). */
export const statusOfKind = {
  malformed: 400,
  invalid: 422,
  unauthenticated: 401,
  payment_refused: 402,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  precondition_failed: 412,
  precondition_required: 428,
  too_large: 413,
  unsupported_media: 415,
  too_many: 429,
  unavailable: 503,
  too_slow: 504,
} as const;

export type FailureKind = keyof typeof statusOfKind;

/** What crosses a wire or is stored: enough to make the same failure again. */
export type FailureRecord = {
  readonly contract: string;
  readonly code: string;
  readonly kind: FailureKind;
  readonly title: string;
  readonly details: unknown;
};

/** A declared refusal: part of a contract, expected by its callers. Anything else thrown is a bug. */
export class Failure<Details = unknown> extends Error {
  readonly contract: string;
  readonly code: string;
  readonly kind: FailureKind;
  readonly details: Details;

  constructor(record: FailureRecord & { readonly details: Details }) {
    super(record.title);
    this.name = 'Failure';
    this.contract = record.contract;
    this.code = record.code;
    this.kind = record.kind;
    this.details = record.details;
  }

  get status(): number {
    return statusOfKind[this.kind];
  }

  toRecord(): FailureRecord {
    const { contract, code, kind, message, details } = this;
    return { contract, code, kind, title: message, details };
  }
}

/** Nobody answered, or not in time: whoever asks again may be told. */
export function isPassing(error: unknown): error is Failure {
  return error instanceof Failure && (error.kind === 'unavailable' || error.kind === 'too_slow');
}

/** A failure as a contract declares it: its kind, a sentence for people, and the shape of its facts. */
export type FailureDeclaration<Details extends TSchema = TSchema> = {
  readonly kind: FailureKind;
  readonly title: string;
  readonly details: Details | undefined;
};

/** Makes the failure when called with its facts, and recognises it with `.is`. */
export type FailureMaker<Details> = {
  (...details: Details extends undefined ? [] : [Details]): Failure<Details>;
  readonly is: (error: unknown) => error is Failure<Details>;
  readonly code: string;
  readonly kind: FailureKind;
  readonly title: string;
  readonly schema: TSchema | undefined;
};

export type DetailsOf<D> =
  D extends FailureDeclaration<infer S> ? (TSchema extends S ? undefined : Static<S>) : never;

/** Declares a failure inside `defineContract`. Its code is the name it gets there, in snake_case. */
export function failure(kind: FailureKind, title: string): FailureDeclaration;
export function failure<S extends TSchema>(
  kind: FailureKind,
  title: string,
  details: S,
): FailureDeclaration<S>;
export function failure(kind: FailureKind, title: string, details?: TSchema): FailureDeclaration {
  return { kind, title, details };
}

/** Binds a declaration to its contract and name. */
export function failureMaker<D extends FailureDeclaration>(
  contract: string,
  name: string,
  { kind, title, details: schema }: D,
): FailureMaker<DetailsOf<D>> {
  const code = snakeCase(name);
  const make = (details?: unknown) => new Failure({ contract, code, kind, title, details });
  const is = (error: unknown) =>
    error instanceof Failure && error.code === code && error.contract === contract;
  return Object.assign(make, { is, code, kind, title, schema }) as unknown as FailureMaker<
    DetailsOf<D>
  >;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
