// A CommandRunner that runs nothing: it expects exact commands in order and answers what the test says.
// Where order does not count, use program-answers.ts.

import { Failure } from '../../src/failure.ts';
import { CommandEnd } from '../../src/process/command-end.ts';
import type { Command, CommandResult, CommandRunner } from '../../src/process/command-runner.ts';

export interface ExpectedCommand {
  /** Program and arguments. A pattern stands for an argument that changes from run to run. */
  readonly argv: readonly (string | RegExp)[];
  readonly stdout?: string;
  readonly stderr?: string;
  /** Other than 0: the command fails as the real runner's does. */
  readonly exitCode?: number;
  /** Called before the command ends: to look at files, or to change a fake that stands behind the program. */
  readonly during?: (command: Command) => void | Promise<void>;
}

export class FakeCommandRunner implements CommandRunner {
  readonly commands: Command[] = [];
  readonly #expected: ExpectedCommand[];
  readonly #programs: Readonly<Record<string, string>>;

  /** @param programs what `find` finds: name to path */
  constructor(expected: readonly ExpectedCommand[], programs: Readonly<Record<string, string>> = {}) {
    this.#expected = [...expected];
    this.#programs = programs;
  }

  /** Commands that were expected and have not come. */
  get missing(): readonly ExpectedCommand[] {
    return this.#expected;
  }

  async run(command: Command): Promise<CommandResult> {
    if (command.signal?.aborted) throw new Failure('interrupted', `${command.program} was not started`);
    this.commands.push(command);
    const argv = [command.program, ...command.args];
    const next = this.#expected.shift();
    if (next === undefined) throw new Error(`no command was expected, got: ${argv.join(' ')}`);
    if (!isExpected(argv, next.argv)) {
      throw new Error(`expected the command ${next.argv.join(' ')}, got ${argv.join(' ')}`);
    }
    await next.during?.(command);
    const { stdout = '', stderr = '', exitCode = 0 } = next;
    for (const [stream, text] of [
      ['stdout', stdout],
      ['stderr', stderr],
    ] as const) {
      for (const line of text === '' ? [] : text.replace(/\n$/, '').split('\n'))
        command.onLine?.(line, stream);
    }
    if (exitCode !== 0) {
      const cause = new CommandEnd('exit', { exitCode, stderr });
      throw new Failure('command', `${argv.join(' ')} ended with exit code ${exitCode}`, { cause });
    }
    return { stdout, stderr, durationMs: 1 };
  }

  async find(program: string): Promise<string | undefined> {
    return this.#programs[program];
  }
}

function isExpected(argv: readonly string[], expected: readonly (string | RegExp)[]): boolean {
  const fits = argv.map((argument, at) => {
    const wanted = expected[at];
    return wanted instanceof RegExp ? wanted.test(argument) : argument === wanted;
  });
  return argv.length === expected.length && fits.every(Boolean);
}
