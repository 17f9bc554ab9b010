import { describe, expect, test } from 'vitest';
import { openUrl } from '../../../src/cli/open-url.ts';
import { Failure } from '../../../src/failure.ts';
import type { Command, CommandRunner } from '../../../src/process/command-runner.ts';

function programs(found: string[], failure?: Failure): { runs: string[]; commands: CommandRunner } {
  const runs: string[] = [];
  const commands: CommandRunner = {
    find: async (program) => (found.includes(program) ? `/usr/bin/${program}` : undefined),
    run: async ({ program, args }: Command) => {
      runs.push([program, ...args].join(' '));
      if (failure) throw failure;
      return { stdout: '', stderr: '', durationMs: 1 };
    },
  };
  return { runs, commands };
}

describe('openUrl', () => {
  test.each([
    ['linux', 'xdg-open'],
    ['darwin', 'open'],
  ])('on %s by %s', async (system, program) => {
    const { runs, commands } = programs([program]);
    expect(await openUrl('http://todo.local/', { commands, system })).toBe(true);
    expect(runs).toEqual([`${program} http://todo.local/`]);
  });

  test('says when there is nothing to open it with, or that fails', async () => {
    expect(await openUrl('http://a/', { commands: programs([]).commands, system: 'linux' })).toBe(false);
    expect(await openUrl('http://a/', { commands: programs([]).commands, system: 'aix' })).toBe(false);
    const { commands } = programs(['xdg-open'], new Failure('command', 'no display'));
    expect(await openUrl('http://a/', { commands, system: 'linux' })).toBe(false);
  });

  test('what it opens lives on: in a session of its own, without the mark of the run', async () => {
    const asked: Command[] = [];
    const { commands } = programs(['xdg-open', 'setsid'], new Failure('timeout', 'still open'));
    const run = (command: Command): ReturnType<CommandRunner['run']> => {
      asked.push(command);
      return commands.run(command);
    };
    expect(await openUrl('http://a/', { commands: { ...commands, run }, system: 'linux' })).toBe(true);
    expect(asked).toEqual([
      expect.objectContaining({
        program: 'setsid',
        args: ['--fork', '--wait', 'xdg-open', 'http://a/'],
        env: { SLIPWAY_RUN: undefined },
      }),
    ]);
  });
});
