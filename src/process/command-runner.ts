// Port: starts programs. The only way in which the rest of Slipway runs anything.

import type { Readable } from 'node:stream';

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Added to this process's environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Standard input; without it the program gets none. */
  readonly input?: string | Readable;
  /** For a question: how long all of it may take. */
  readonly timeoutMs?: number;
  /**
   * For long work: how long it may print nothing, where it has no `timeoutMs`. Absent, the runner has a limit of its own:
   * no program runs without one.
   */
  readonly quietMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Called for each line of output as it comes. Must not throw. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Strings that must not be shown when the command is quoted in an error. */
  readonly redact?: readonly string[];
}

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

export interface CommandRunner {
  /**
   * Runs to the end and resolves on exit code 0.
   * Rejects with Failure 'command' (exact command, exit code or signal, last output) on any other end,
   * 'timeout' when timeoutMs or quietMs passed, 'interrupted' when the signal was aborted; in the last two cases
   * the whole process group has been ended (SIGTERM, then SIGKILL after a grace period).
   */
  run(command: Command): Promise<CommandResult>;
  /** The full path of a program on PATH, or undefined. */
  find(program: string): Promise<string | undefined>;
}
