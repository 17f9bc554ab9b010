import { expect, test } from 'vitest';
import { connectEngine } from '../../../src/engine/connect-engine.ts';
import { engineFailure, getJson } from '../../../src/engine/engine-call.ts';
import { EngineServer } from '../../fakes/engine-server.ts';

test('a question that the engine takes and never answers ends at its deadline, as that', async () => {
  await using server = await EngineServer.start({ 'GET /info': (request) => void request.resume() });
  const { signal } = new AbortController();
  const docker = await connectEngine({ url: server.url });
  const error: unknown = await getJson(docker, '/info', signal, 50).catch((thrown: unknown) => thrown);
  expect(engineFailure(error, { doing: 'asking', signal })).toMatchObject({
    code: 'timeout',
    message: 'asking: the container engine does not answer',
  });
});
