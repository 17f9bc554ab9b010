import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { down } from '../../../../src/down/down-command.ts';
import { logs } from '../../../../src/logs/logs-command.ts';
import { prune } from '../../../../src/prune/prune-command.ts';
import { status } from '../../../../src/status/status-command.ts';
import { answerError, EngineServer } from '../../../fakes/engine-server.ts';
import { failureOf } from '../../../support/failure-of.ts';
import { openCommandScene } from '../command-scene.ts';

const options = { flags: new Set<string>(), texts: new Map([['env', 'shop']]), positionals: [] };

test.each([
  ['status', status],
  ['logs', logs],
  ['down', down],
  ['prune', prune],
] as const)('%s without rights on the engine says so, and does not want it started', async (_, command) => {
  await using engine = await EngineServer.start({ 'GET /version': answerError(403, 'no rights') });
  await using scene = await openCommandScene({ options });
  const failure = await failureOf(command({ ...scene.context, env: { DOCKER_HOST: engine.url } }));
  expect(failure.message).toMatch(/^this user may not use the container engine at .*no rights$/);
  expect(failure.hint).not.toMatch(/start/i);
});

test('down of an engine that is stopped has not looked, and says so', async () => {
  await using scene = await openCommandScene({ options });
  const env = { PATH: scene.folder, DOCKER_HOST: `unix://${scene.folder}/stopped.sock` };
  const failure = await failureOf(down({ ...scene.context, env }));
  expect(failure.code).toBe('engine');
  await mkdir(join(scene.folder, 'state', 'slipway-shop'), { recursive: true });
  await writeFile(join(scene.folder, 'state', 'slipway-shop', 'journal.jsonl'), '');
  expect((await failureOf(down({ ...scene.context, env }))).code).toBe('engine');
});
