import { expect, test } from 'vitest';
import { KindEngine } from '../../../../src/cluster/kind/kind-engine.ts';
import { Failure } from '../../../../src/failure.ts';
import { CommandEnd } from '../../../../src/process/command-end.ts';
import type { Command } from '../../../../src/process/command-runner.ts';
import { ProgramAnswers } from '../../../fakes/program-answers.ts';
import { failureOf } from '../../../support/failure-of.ts';

test('an engine that is gone is a Failure of the engine, with what it takes to go on', async () => {
  const stderr =
    'Cannot connect to the Docker daemon at unix:///run/docker.sock. Is the docker daemon running?';
  const commands = new ProgramAnswers().answer('docker ps', { exitCode: 1, stderr });
  const engine = new KindEngine(commands, 'docker');
  expect(await failureOf(engine.containers('todo', new AbortController().signal))).toMatchObject({
    code: 'engine',
    message: `docker ps: ${stderr}`,
    hint: expect.stringContaining('slipway up'),
  });
});

const { signal } = new AbortController();

/** Every command ends as if its limit had passed; the limits by what the CLI was asked for. */
function silentEngine(): { engine: KindEngine; limits: Map<string, number | undefined> } {
  const limits = new Map<string, number | undefined>();
  const commands = new ProgramAnswers().answer('docker', (command: Command) => {
    limits.set(command.args.slice(0, 2).join(' '), command.timeoutMs);
    throw new Failure('timeout', 'docker was ended', { cause: new CommandEnd('timeout') });
  });
  return { engine: new KindEngine(commands, 'docker'), limits };
}

test('an engine that takes every question and answers none fails in time, and is named', async () => {
  const { engine, limits } = silentEngine();
  const asked = [
    () => engine.containers('todo', signal),
    () => engine.inspect(['node'], '{{.Id}}', signal),
    () => engine.docker(['network', 'ls'], signal),
    () => engine.docker(['rm', '--force', 'node'], signal),
  ];
  for (const ask of asked)
    expect(await failureOf(ask())).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('the container engine does not answer: docker was ended'),
      hint: expect.stringContaining('restart it'),
    });
  expect(limits).toEqual(
    new Map([
      ['ps --all', 30_000],
      ['inspect --type', 30_000],
      ['network ls', 30_000],
      ['rm --force', 180_000],
    ]),
  );
});

test('a docker CLI that is not there is a prerequisite', async () => {
  const commands = new ProgramAnswers().answer('docker', () => {
    const cause = new CommandEnd('not-started');
    throw new Failure('command', 'docker ps cannot start: there is no program docker on PATH', { cause });
  });
  expect(await failureOf(new KindEngine(commands, 'docker').containers('todo', signal))).toMatchObject({
    code: 'prerequisite',
    message: expect.stringContaining('the docker CLI is missing'),
  });
});

test('a docker CLI that is too old for its engine is told as that', async () => {
  const stderr =
    'Error response from daemon: client version 1.40 is too old. Minimum supported API version is 1.44';
  const commands = new ProgramAnswers().answer('docker ps', { exitCode: 1, stderr });
  expect(await failureOf(new KindEngine(commands, 'docker').containers('todo', signal))).toMatchObject({
    code: 'prerequisite',
    message: `docker ps: ${stderr}`,
    hint: expect.stringContaining('DOCKER_API_VERSION'),
  });
});
