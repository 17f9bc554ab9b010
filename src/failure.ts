// The one error type for everything that can go wrong without being a bug of ours.

/** The closed list of failure codes. A code says which part failed; the message says how. */
export type FailureCode =
  | 'usage' // unknown command, flag or value on the command line
  | 'config' // slipway.config.ts, kind/cluster.yaml or a chart is not valid
  | 'prerequisite' // something the machine must have is missing or too old
  | 'engine' // the container engine is absent, refuses or breaks off
  | 'command' // a program we started failed
  | 'download' // a package or file could not be obtained, or its checksum differs
  | 'build' // an image or binary could not be built
  | 'budget' // an image is larger than its budget
  | 'load' // an image did not get into a node
  | 'cluster' // the cluster could not be created, reached or deleted
  | 'identity' // the cluster is not the one that we made
  | 'ownership' // something of that name exists and is not ours
  | 'chart' // lint, schema or rendering of a chart
  | 'policy' // what a chart renders breaks a rule of src/policy/catalogue.ts
  | 'release' // helm refused, or the workloads did not get ready
  | 'addon' // an addon could not be installed or proven
  | 'secret' // a secret is missing or cannot be written
  | 'port' // a host port is taken
  | 'timeout' // a deadline passed; the message holds the last state seen
  | 'state' // a journal, cache or lock file cannot be used
  | 'interrupted'; // the user or a signal ended the run

export interface FailureOptions {
  /** What the user can do about it, as a full sentence or a command. */
  hint?: string | undefined;
  cause?: unknown;
  /** Further lines to show below the message: output of a command, a log tail, a table. */
  details?: readonly string[] | undefined;
}

/**
 * An expected failure: it has a code, a message that names the place, and mostly a hint.
 * Any other exception that reaches a runner is a bug and is shown with its stack.
 */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: FailureCode;
  readonly hint: string | undefined;
  readonly details: readonly string[];

  constructor(code: FailureCode, message: string, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? [];
  }
}
