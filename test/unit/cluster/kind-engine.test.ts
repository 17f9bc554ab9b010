import { expect, test } from 'vitest';
import { KindEngine } from '../../../scripts/cluster/kind-engine.ts';
import { ProgramAnswers } from '../../fakes/program-answers.ts';
import { failureOf } from '../../support/failure-of.ts';

test('an engine that is gone is a Failure of the engine, with what it takes to go on', async () => {
  const stderr =
    'Cannot connect to the Docker daemon at unix:///run/docker.sock. Is the docker daemon running?';
  const commands = new ProgramAnswers().answer('docker ps', { exitCode: 1, stderr });
  const engine = new KindEngine(commands, 'docker');
  expect(await failureOf(engine.containers('todo', new AbortController().signal))).toMatchObject({
    code: 'engine',
    message: `docker ps: ${stderr}`,
    hint: expect.stringContaining('npm run up'),
  });
});
