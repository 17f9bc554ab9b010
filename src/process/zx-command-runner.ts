// Starts programs with zx, each in its own process group, and ends the whole group on cancel and time-out.

import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { $ } from 'zx/core';
import { Failure } from '../failure.ts';
import { CommandEnd, type CommandEndReason } from './command-end.ts';
import type { Command, CommandResult, CommandRunner } from './command-runner.ts';
import { findProgram } from './find-program.ts';
import { OutputRecorder } from './output-recorder.ts';
import { endProcessGroup } from './process-group.ts';
import { quoteArgument, quoteCommand, redactText } from './quote-command.ts';

const shownLines = 30;

export interface ZxCommandRunnerOptions {
  /** The environment of every program; PATH in it is where programs are looked for. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long a program has between SIGTERM and SIGKILL; 5 s if absent. */
  readonly killGraceMs?: number;
  /** How long a program may print nothing that says nothing else about it; 10 minutes if absent. */
  readonly quietMs?: number;
}

const QUIET_MS = 600_000;

/**
 * The real CommandRunner. The cause of each of its Failures is a CommandEnd. Disposed of, it ends what it has started and
 * starts nothing more: what ran beside something that failed does not outlive the run.
 */
export class ZxCommandRunner implements CommandRunner, AsyncDisposable {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #killGraceMs: number;
  readonly #quietMs: number;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  constructor(options: ZxCommandRunnerOptions) {
    this.#env = options.env;
    this.#killGraceMs = options.killGraceMs ?? 5000;
    this.#quietMs = options.quietMs ?? QUIET_MS;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#running);
  }

  find(program: string): Promise<string | undefined> {
    return findProgram(program, this.#env['PATH'] ?? '', process.cwd());
  }

  async run(command: Command): Promise<CommandResult> {
    const signals = [this.#closing.signal, ...(command.signal === undefined ? [] : [command.signal])];
    const running = this.#run({ ...command, signal: AbortSignal.any(signals) });
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  async #run(command: Command): Promise<CommandResult> {
    const cwd = command.cwd ?? process.cwd();
    const env = definedOnly({ ...this.#env, ...command.env });
    // A shell, ours where it is bash or one that a program starts, would read the file that it names.
    delete env['BASH_ENV'];
    const tail: string[] = [];
    const end = (
      reason: CommandEndReason,
      text: string,
      details: ConstructorParameters<typeof CommandEnd>[1],
    ) => commandFailure(command, new CommandEnd(reason, details), text, tail);

    if (command.signal?.aborted) throw end('interrupted', 'was not started: the run was cancelled', {});
    await stat(cwd).catch((cause: unknown) => {
      throw end('not-started', `cannot start: there is no folder ${cwd}`, { cause });
    });
    if ((await findProgram(command.program, env['PATH'] ?? '', cwd)) === undefined) {
      throw end('not-started', `cannot start: there is no program ${command.program} on PATH`, {});
    }
    // Asked again: the two checks above took a moment, and nobody listens to the signal before the next line.
    if (command.signal?.aborted) throw end('interrupted', 'was not started: the run was cancelled', {});

    const record = (stream: 'stdout' | 'stderr'): OutputRecorder =>
      new OutputRecorder((line) => {
        if (tail.push(line) > shownLines) tail.shift();
        command.onLine?.(line, stream);
      });
    const stdout = record('stdout');
    const stderr = record('stderr');
    const startedAt = performance.now();
    const hasInput = command.input !== undefined && command.input !== '';

    const running = $({
      // Everything is set: zx takes what is missing from ZX_* variables.
      cwd,
      env,
      // Every system has it; bash may be missing.
      shell: '/bin/sh',
      // The program takes the place of the shell, so its exit code and signal are the ones that we see.
      prefix: 'exec ',
      postfix: '',
      quote: quoteArgument,
      stdio: [hasInput ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      detached: true,
      nothrow: true,
      quiet: true,
      verbose: false,
      sync: false,
      halt: false,
      preferLocal: false,
      timeout: 0,
      timeoutSignal: 'SIGTERM',
      killSignal: 'SIGTERM',
      log: () => {},
      // zx would keep all output for ever; ours is bounded.
      store: { stdout: new NothingKept(), stderr: new NothingKept(), stdall: new NothingKept() },
    })`${[command.program, ...command.args]}`;

    const child = running.child;

    let endedBy: 'timeout' | 'interrupted' | 'input-failed' | undefined;
    let inputError: unknown;
    let ending: Promise<void> | undefined;
    const stop = (reason: 'timeout' | 'interrupted' | 'input-failed'): void => {
      endedBy ??= reason;
      if (child?.pid !== undefined) ending ??= endProcessGroup(child.pid, this.#killGraceMs);
    };
    const onAbort = (): void => stop('interrupted');
    command.signal?.addEventListener('abort', onAbort, { once: true });
    const { timeoutMs, quietMs = this.#quietMs } = command;
    const limitMs = timeoutMs ?? quietMs;
    const timer = Number.isFinite(limitMs) ? setTimeout(() => stop('timeout'), limitMs) : undefined;
    const take = (recorder: OutputRecorder) => (bytes: Buffer) => {
      if (timeoutMs === undefined && endedBy === undefined) timer?.refresh();
      recorder.write(bytes);
    };
    child?.stdout?.on('data', take(stdout));
    child?.stderr?.on('data', take(stderr));

    if (hasInput && child?.stdin) {
      const source =
        typeof command.input === 'string' ? Readable.from([command.input]) : (command.input as Readable);
      pipeline(source, child.stdin).catch((error: NodeJS.ErrnoException) => {
        // A program that does not read all of its input is no error: its exit code tells.
        if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_PREMATURE_CLOSE') return;
        inputError = error;
        stop('input-failed');
      });
    }

    const output = await running;
    clearTimeout(timer);
    command.signal?.removeEventListener('abort', onAbort);
    // The program itself may be gone while others of its group are still being ended.
    await ending;
    stdout.end();
    stderr.end();

    const details = {
      exitCode: output.exitCode ?? undefined,
      exitSignal: output.signal ?? undefined,
      stderr: stderr.text,
      cause: inputError ?? output.cause ?? undefined,
    };
    if (endedBy === 'interrupted') throw end('interrupted', 'was ended: the run was cancelled', details);
    if (endedBy === 'timeout') {
      const why =
        timeoutMs === undefined
          ? `it had printed nothing for ${quietMs / 1000} s`
          : `it had not finished after ${timeoutMs / 1000} s`;
      throw end('timeout', `was ended: ${why}`, details);
    }
    if (endedBy === 'input-failed') throw end('input-failed', 'was ended: its input broke off', details);
    if (output.signal)
      throw end('exit', `was ended by ${output.signal}, which did not come from here`, details);
    if (output.exitCode !== 0) throw end('exit', `failed with exit code ${output.exitCode}`, details);
    return { stdout: stdout.text, stderr: stderr.text, durationMs: performance.now() - startedAt };
  }
}

/** Looks like an array to zx and stays empty. */
class NothingKept extends Array<string | Buffer> {
  override push(): number {
    return 0;
  }
}

function commandFailure(command: Command, cause: CommandEnd, text: string, tail: readonly string[]): Failure {
  const code = cause.reason === 'timeout' || cause.reason === 'interrupted' ? cause.reason : 'command';
  const shown = quoteCommand(command.program, command.args, command.redact);
  const details = tail.map((line) => redactText(line, command.redact));
  return new Failure(code, `${shown} ${text}`, { cause, details });
}

function definedOnly(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const defined = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(defined);
}
