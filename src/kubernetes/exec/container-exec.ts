// Port: programs that run in a container of a pod for as long as somebody speaks with them.

import type { Readable } from 'node:stream';

export interface ExecRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
}

export interface ExecSession {
  /** What the program writes to its standard output; ends when the session does. */
  readonly output: Readable;
  /** Goes to the program's standard input, in order. Nothing happens once the session has ended. */
  write(bytes: Uint8Array | string): void;
  /** Resolves, never rejects, when the program or the connection has ended, with the reason for people. */
  readonly ended: Promise<string>;
  /** Ends the program's standard input and the session. */
  close(): void;
}

export interface ContainerExec {
  /**
   * Resolves when the connection stands; a program that cannot be started shows in `ended`. Rejects with Failure
   * 'cluster', or with 'interrupted' when the signal aborts before. Later the session ends by `close` alone.
   */
  open(request: ExecRequest, signal: AbortSignal): Promise<ExecSession>;
}
