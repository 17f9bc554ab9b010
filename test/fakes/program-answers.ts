// A CommandRunner that runs nothing: each program answers what the test said, in any order and as often as asked.
// Records what it was asked, and refuses the unexpected. Where order counts, use command-runner.ts.

import { Failure } from '../../src/failure.ts';
import { CommandEnd } from '../../src/process/command-end.ts';
import type { Command, CommandResult, CommandRunner } from '../../src/process/command-runner.ts';
import { quoteCommand } from '../../src/process/quote-command.ts';

/** What a program answers: its standard output, an exit code, or anything that a test computes. */
export type FakeAnswer =
  | string
  | { readonly exitCode: number; readonly stderr?: string }
  | ((command: Command) => Promise<string> | string);

export class ProgramAnswers implements CommandRunner {
  /** Each command as a shell would read it, in the order of the calls. */
  readonly calls: string[] = [];
  readonly #answers = new Map<string, FakeAnswer>();
  readonly #paths: Map<string, string>;

  /** @param programs names on PATH, found in /fake/bin */
  constructor(programs: readonly string[] = []) {
    this.#paths = new Map(programs.map((name) => [name, `/fake/bin/${name}`]));
  }

  /** From now on, commands whose quoted form begins with `start` get this answer; the longest start wins. */
  answer(start: string, answer: FakeAnswer): this {
    this.#answers.set(start, answer);
    return this;
  }

  install(program: string): void {
    this.#paths.set(program, `/fake/bin/${program}`);
  }

  async find(program: string): Promise<string | undefined> {
    return this.#paths.get(program);
  }

  async run(command: Command): Promise<CommandResult> {
    const shown = quoteCommand(command.program, command.args);
    if (command.signal?.aborted) {
      throw new Failure('interrupted', `${shown} was not started`, { cause: new CommandEnd('interrupted') });
    }
    this.calls.push(shown);
    const starts = [...this.#answers.keys()].filter((start) => shown.startsWith(start));
    const start = starts.sort((a, b) => b.length - a.length)[0];
    const answer = start === undefined ? undefined : this.#answers.get(start);
    if (answer === undefined) throw new Error(`the test did not expect: ${shown}`);
    if (typeof answer === 'object') {
      const stderr = answer.stderr ?? '';
      for (const line of lines(stderr)) command.onLine?.(line, 'stderr');
      const cause = new CommandEnd('exit', { exitCode: answer.exitCode, stderr });
      throw new Failure('command', `${shown} failed with exit code ${answer.exitCode}`, {
        cause,
        details: lines(stderr),
      });
    }
    const stdout = typeof answer === 'string' ? answer : await answer(command);
    for (const line of lines(stdout)) command.onLine?.(line, 'stdout');
    return { stdout, stderr: '', durationMs: 0 };
  }
}

function lines(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** Answers of a command that change from call to call; the last one stays. */
export function inTurn(...answers: readonly string[]): () => string {
  let call = 0;
  return () => answers[Math.min(call++, answers.length - 1)] ?? '';
}
