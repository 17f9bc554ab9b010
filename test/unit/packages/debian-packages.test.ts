import { describe, expect, test } from 'vitest';
import { installDebianPackages } from '../../../src/packages/debian-packages.ts';
import { Failure } from '../../../src/failure.ts';
import { CommandEnd } from '../../../src/process/command-end.ts';
import { ProgramAnswers } from '../../fakes/program-answers.ts';
import { failureOf } from '../../support/failure-of.ts';

const LISTS = 'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 77 (apt-get)';
const DPKG = 'dpkg: error: dpkg frontend lock was locked by another process with pid 77';
const request = { packages: ['chromium'], what: 'a browser' };
const host = { isRoot: true, osRelease: 'ID=debian' };

const UPDATE = 'apt-get -o DPkg::Lock::Timeout=120 update';
const INSTALL = 'apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends chromium';

function refusal(line: string): Failure {
  const cause = new CommandEnd('exit', { exitCode: 100, stderr: line });
  return new Failure('command', 'apt-get update failed with exit code 100', { cause, details: [line] });
}

/** A command ends so, one time after the other, and well in the end. */
function endsWith(...lines: string[]): () => string {
  return () => {
    const line = lines.shift();
    if (line !== undefined) throw refusal(line);
    return '';
  };
}

function install(commands: ProgramAnswers): { done: Promise<void>; told: string[] } {
  const told: string[] = [];
  const report = ({ text }: { text: string }): void => void told.push(text);
  const task = { signal: new AbortController().signal, report };
  const deps = { commands, consent: () => Promise.resolve(true), host, retryMs: 1 };
  return { told, done: installDebianPackages(deps, request, task) };
}

describe('installDebianPackages', () => {
  test('waits for another apt that holds the package lists, or dpkg', async () => {
    const commands = new ProgramAnswers()
      .answer(UPDATE, endsWith(LISTS, LISTS))
      .answer('dpkg --configure -a', endsWith(DPKG))
      .answer(INSTALL, '');
    const { done, told } = install(commands);
    await done;
    expect(told).toContain('waiting for another apt');
    const configure = 'dpkg --configure -a';
    expect(commands.calls).toEqual([UPDATE, UPDATE, UPDATE, configure, configure, INSTALL]);
  });

  test('gives up at once where something else is wrong', async () => {
    const line = 'E: The repository does not have a Release file.';
    const commands = new ProgramAnswers().answer(UPDATE, endsWith(line));
    const { done } = install(commands);
    expect((await failureOf(done)).details).toEqual([line]);
    expect(commands.calls).toEqual([UPDATE]);
  });
});
