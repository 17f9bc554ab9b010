import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { askEngine } from '../../../src/engine/ask-engine.ts';
import { chooseImageSource, type ImageSourceRequest } from '../../../src/packages/probe-registry.ts';
import { answerError, answerJson, EngineServer, type EngineRoute } from '../../fakes/engine-server.ts';

const { signal } = new AbortController();
const hourMs = 3_600_000;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'probe-'));
});
afterEach(() => rm(folder, { recursive: true }));

const fine = answerJson({ Descriptor: {} });
const noHost = answerError(500, 'Get "https://two.test/v2/": dial tcp: lookup two.test: no such host');
const timedOut = answerError(500, 'net/http: TLS handshake timeout');

/** An engine that says this of images of two registries. */
function engineWith(one: EngineRoute, two: EngineRoute): Promise<EngineServer> {
  return EngineServer.start({
    'GET /distribution/one.test/node:1/json': one,
    'GET /distribution/two.test/pause:1/json': two,
  });
}

function request(engine: EngineServer, change: Partial<ImageSourceRequest> = {}): ImageSourceRequest {
  const endpoint = { url: engine.url, socketPath: undefined, tlsFolder: undefined, source: 'test' };
  return {
    wanted: 'auto',
    images: ['one.test/node:1', 'two.test/pause:1'],
    engine: engine.url,
    memoryFile: join(folder, 'cache', 'probe.json'),
    nowMs: 1000 * hourMs,
    ask: (path, asked, deadlineMs) => askEngine(endpoint, path, asked, deadlineMs),
    secondTryAfterMs: 1,
    ...change,
  };
}

test('registries that the engine reaches are used', async () => {
  await using engine = await engineWith(fine, fine);
  expect(await chooseImageSource(request(engine), signal)).toEqual({
    source: 'registry',
    reason: 'registries answer',
    isFallback: false,
  });
});

test.each([
  ['wants a login', answerError(401, 'unauthorized: authentication required')],
  ['has no such image', answerError(404, 'manifest unknown: manifest unknown')],
  ['counts pulls', answerError(500, 'toomanyrequests: You have reached your pull rate limit')],
])('a registry that %s is there', async (_, answer) => {
  await using engine = await engineWith(fine, answer);
  expect((await chooseImageSource(request(engine), signal)).source).toBe('registry');
});

test('a registry that the engine does not reach means packages, and the reason is the one of the engine', async () => {
  await using engine = await engineWith(fine, noHost);
  const { source, reason, isFallback } = await chooseImageSource(request(engine), signal);
  expect([source, isFallback]).toEqual(['packages', true]);
  expect(reason).toMatch(/^the engine gets no answer from two\.test \(answered 500: .*no such host\)$/);
  expect(engine.requests).toHaveLength(2);
});

test('an engine that is too old for the question has not said that registries answer', async () => {
  const unknown = answerError(404, 'page not found');
  await using engine = await engineWith(unknown, unknown);
  expect((await chooseImageSource(request(engine), signal)).source).toBe('packages');
});

test('what may have been a hiccup is asked again before anything follows from it', async () => {
  let turn = 0;
  await using engine = await engineWith(fine, (...call) => (turn++ === 0 ? timedOut : fine)(...call));
  expect((await chooseImageSource(request(engine), signal)).source).toBe('registry');
});

test('a no is not kept: the next run asks again', async () => {
  await using silent = await engineWith(noHost, noHost);
  expect((await chooseImageSource(request(silent), signal)).source).toBe('packages');
  await using engine = await engineWith(fine, fine);
  const sameEngine = request(engine, { engine: silent.url });
  expect((await chooseImageSource(sameEngine, signal)).source).toBe('registry');
});

test('a no that an earlier version has kept is not believed', async () => {
  await using engine = await engineWith(fine, fine);
  const file = join(folder, 'probe.json');
  const kept = { hosts: ['one.test'], source: 'packages', askedAtMs: 1000 * hourMs };
  await writeFile(file, JSON.stringify(kept));
  expect((await chooseImageSource(request(engine, { memoryFile: file }), signal)).source).toBe('registry');
});

test('a yes is kept for a day, for the engine that said it', async () => {
  await using engine = await engineWith(fine, fine);
  await chooseImageSource(request(engine), signal);
  await using later = await engineWith(noHost, noHost);
  const after = (hours: number, change: Partial<ImageSourceRequest> = {}): ImageSourceRequest =>
    request(later, { engine: engine.url, nowMs: (1000 + hours) * hourMs, ...change });
  expect(await chooseImageSource(after(5), signal)).toMatchObject({
    source: 'registry',
    reason: 'registries answered 5 h ago',
  });
  expect(later.requests).toEqual([]);
  expect((await chooseImageSource(after(25), signal)).source).toBe('packages');
  expect((await chooseImageSource(after(5, { engine: 'unix:///other' }), signal)).source).toBe('packages');
});

test('what was asked for is not probed', async () => {
  await using engine = await engineWith(noHost, noHost);
  const asked = await chooseImageSource(request(engine, { wanted: 'registry' }), signal);
  expect([asked.source, engine.requests]).toEqual(['registry', []]);
});

test('a memory that is a folder costs a question and no more', async () => {
  await using engine = await engineWith(fine, fine);
  expect((await chooseImageSource(request(engine, { memoryFile: folder }), signal)).source).toBe('registry');
});
