/** A refusal as the shop tells it: RFC 9457, with a stable `code`. */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly traceId: string;
  readonly detail?: string;
  /** Which fields were wrong, and how. */
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
  /** The facts that the failure declares. */
  readonly details?: unknown;
};

/** The shop has answered, and its answer is a refusal. `code` tells which one. */
export class ShopProblem<Code extends string = string> extends Error {
  readonly status: number;
  readonly code: Code;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`${problem.title} (${problem.code})`);
    this.name = 'ShopProblem';
    this.status = problem.status;
    this.code = problem.code as Code;
    this.problem = problem;
  }
}

/** Whether an error is the shop's refusal of this code. */
export function hasCode<Code extends string>(
  error: unknown,
  code: Code,
): error is ShopProblem<Code> {
  return error instanceof ShopProblem && error.code === code;
}

/**
 * There was no answer: no connection, or none in time. A command may have happened all the same;
 * send it again with the key in `idempotencyKey`, and it happens once.
 */
export class NoAnswer extends Error {
  readonly idempotencyKey: string | undefined;

  constructor(cause: unknown, idempotencyKey: string | undefined) {
    super('The shop did not answer.', { cause });
    this.name = 'NoAnswer';
    this.idempotencyKey = idempotencyKey;
  }
}

/** Reads a refusal, also from something in between that speaks no RFC 9457. */
export async function problemIn(response: Response): Promise<Problem> {
  const text = await response.text();
  try {
    const problem = JSON.parse(text) as Problem;
    if (typeof problem.code === 'string') return problem;
  } catch {
    // Told below: a proxy's page, or nothing at all.
  }
  const { status, statusText } = response;
  return {
    type: 'about:blank',
    title: statusText || 'Refused',
    status,
    code: `http_${status}`,
    traceId: '',
  };
}
