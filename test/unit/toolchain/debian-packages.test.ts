import { describe, expect, test } from 'vitest';
import { installDebianPackages } from '../../../scripts/toolchain/debian-packages.ts';
import { Failure } from '../../../scripts/failure.ts';
import { CommandEnd } from '../../../scripts/process/command-end.ts';
import { ProgramAnswers } from '../../fakes/program-answers.ts';
import { failureOf } from '../../support/failure-of.ts';

const LOCKED = 'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 77 (apt-get)';
const request = { packages: ['chromium'], what: 'a browser' };
const host = { isRoot: true, osRelease: 'ID=debian' };

function refusal(line: string): Failure {
  const cause = new CommandEnd('exit', { exitCode: 100, stderr: line });
  return new Failure('command', 'apt-get update failed with exit code 100', { cause, details: [line] });
}

/** apt-get update ends so, one after the other, and well in the end. */
function install(...refusals: readonly string[]): {
  commands: ProgramAnswers;
  done: Promise<void>;
  told: string[];
} {
  const left = [...refusals];
  const commands = new ProgramAnswers()
    .answer('apt-get', '')
    .answer('apt-get -o DPkg::Lock::Timeout=120 update', () => {
      const line = left.shift();
      if (line !== undefined) throw refusal(line);
      return '';
    })
    .answer('dpkg --configure -a', '');
  const told: string[] = [];
  const task = {
    signal: new AbortController().signal,
    report: ({ text }: { text: string }) => void told.push(text),
  };
  const means = { commands, consent: () => Promise.resolve(true), host, retryMs: 1 };
  return { commands, told, done: installDebianPackages(means, request, task) };
}

describe('installDebianPackages', () => {
  test('waits for another apt that holds the package lists', async () => {
    const { commands, done, told } = install(LOCKED, LOCKED);
    await done;
    expect(told).toContain('waiting for another apt');
    expect(commands.calls.filter((call) => call.endsWith(' update'))).toHaveLength(3);
    expect(commands.calls.at(-1)).toMatch(/ install -y --no-install-recommends chromium$/);
  });

  test('gives up at once where something else is wrong', async () => {
    const { commands, done } = install('E: The repository does not have a Release file.');
    expect((await failureOf(done)).details).toContain('E: The repository does not have a Release file.');
    expect(commands.calls).toHaveLength(1);
  });
});
