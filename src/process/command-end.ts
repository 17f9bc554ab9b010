// How a program ended, as data: the `cause` of the Failure that ZxCommandRunner rejects with.

/** Why a program is no longer running. */
export type CommandEndReason =
  | 'exit' // it ended by itself
  | 'timeout' // Slipway ended it: its time was up
  | 'interrupted' // Slipway ended it: the run was cancelled
  | 'input-failed' // Slipway ended it: the stream for its standard input broke
  | 'not-started'; // it never ran: not found, or its folder does not exist

/** Carried as `cause` of Failure 'command', 'timeout' and 'interrupted', so that nobody has to read messages. */
export class CommandEnd extends Error {
  override readonly name = 'CommandEnd';
  readonly reason: CommandEndReason;
  readonly exitCode: number | undefined;
  readonly exitSignal: string | undefined;
  /** Everything that was kept of standard error: some programs tell what happened only there. */
  readonly stderr: string;

  constructor(
    reason: CommandEndReason,
    end: {
      exitCode?: number | undefined;
      exitSignal?: string | undefined;
      stderr?: string;
      cause?: unknown;
    } = {},
  ) {
    super(reason, end.cause === undefined ? undefined : { cause: end.cause });
    this.reason = reason;
    this.exitCode = end.exitCode;
    this.exitSignal = end.exitSignal;
    this.stderr = end.stderr ?? '';
  }
}

/** The exit code in an error of CommandRunner.run, when the program ended by itself with one. */
export function exitCodeOf(error: unknown): number | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof CommandEnd ? cause.exitCode : undefined;
}
