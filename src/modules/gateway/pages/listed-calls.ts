import type { OpenApi, Operation } from '#kernel/http/openapi-document';

/** A call as the documentation lists it. */
export type Listed = {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
};

export function listedCalls({ paths }: OpenApi): Listed[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
}
