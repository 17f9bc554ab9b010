// Pure: what a service answers when it cannot do what was asked.

/** One field of the input that was refused, and why. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

export interface HttpProblemOptions {
  readonly fields?: readonly FieldProblem[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** An expected failure with its status: thrown by a handler, answered as JSON. Anything else thrown is a 500. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly status: number;
  /** Stable word for programs: 'not-found', 'invalid', 'database-unavailable'. */
  readonly code: string;
  readonly fields: readonly FieldProblem[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, options: HttpProblemOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = status;
    this.code = code;
    this.fields = options.fields ?? [];
    this.headers = options.headers ?? {};
  }
}

/** The body of the answer. The cause is left out: it may hold addresses or parts of a query. */
export function problemBody(problem: HttpProblem): {
  error: { code: string; message: string; fields?: readonly FieldProblem[] };
} {
  return {
    error: {
      code: problem.code,
      message: problem.message,
      ...(problem.fields.length > 0 ? { fields: problem.fields } : {}),
    },
  };
}
