import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { EngineEndpoint } from '../../../src/engine/engine-endpoint.ts';
import { type EngineTrouble, pingEngine } from '../../../src/engine/engine-ping.ts';
import { engineTroubleFailure } from '../../../src/engine/engine-trouble.ts';
import { answerError, answerJson, EngineServer } from '../../fakes/engine-server.ts';

const { signal } = new AbortController();

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'ping-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

function at(url: string, more: Partial<EngineEndpoint> = {}): EngineEndpoint {
  const socketPath = url.startsWith('unix://') ? url.slice('unix://'.length) : undefined;
  return { url, socketPath, tlsFolder: undefined, source: 'DOCKER_HOST', ...more };
}

test('a socket that is not there is absent', async () => {
  const path = join(await folder(), 'none.sock');
  expect((await pingEngine(at(`unix://${path}`), signal)).status).toBe('absent');
});

test('a file that nobody listens at is refused', async () => {
  const path = join(await folder(), 'plain');
  await writeFile(path, '');
  expect((await pingEngine(at(`unix://${path}`), signal)).status).toBe('refused');
});

test('a socket that this user may not open is denied', async (context) => {
  context.skip(process.getuid?.() === 0, 'root may open every socket');
  const path = join(await folder(), 'docker.sock');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => void server.close());
  await chmod(path, 0);
  expect((await pingEngine(at(`unix://${path}`), signal)).status).toBe('denied');
});

test.each([
  ['a guard of the socket that says 403 is denied', answerError(403, 'not for you'), 'denied'],
  ['an engine of 2019 is outdated', answerJson({ Version: '19.03.1', ApiVersion: '1.40' }), 'outdated'],
  ['a server of something else is odd', answerJson({ hello: 'world' }), 'odd'],
  [
    'TLS that was not spoken is untrusted',
    answerError(400, 'Client sent an HTTP request to an HTTPS server.'),
    'untrusted',
  ],
  [
    'an engine of today runs',
    answerJson({ Version: '29.1.0', ApiVersion: '1.52', MinAPIVersion: '1.44' }),
    'running',
  ],
] as const)('%s', async (_, answer, status) => {
  await using engine = await EngineServer.start({ 'GET /version': answer });
  expect((await pingEngine(at(engine.url), signal)).status).toBe(status);
});

test('a host name that nobody knows is unresolved', async () => {
  expect((await pingEngine(at('tcp://engine.invalid:2375'), signal)).status).toBe('unresolved');
});

test('an engine without TLS where TLS is expected is untrusted', async () => {
  await using engine = await EngineServer.start({ 'GET /version': answerJson({}) });
  const answer = await pingEngine(at(engine.url, { tlsFolder: await folder() }), signal);
  expect(answer.status).toBe('untrusted');
});

const host = { isRoot: false, osRelease: 'ID=debian', system: 'linux', initProgram: 'systemd' };

test.each([
  ['denied', /may not use/, /usermod -aG docker.*rootless/],
  ['absent', /no container engine answers/, /systemctl start docker/],
  ['silent', /does not answer/, /Restart it/],
  ['untrusted', /no trusted connection/, /DOCKER_CERT_PATH/],
  ['outdated', /too old/, /20\.10 or newer/],
] satisfies [EngineTrouble['status'], RegExp, RegExp][])(
  'what is said of an engine that is %s is about that, and the hint is the way out',
  (status, message, hint) => {
    const endpoint = at('unix:///var/run/docker.sock', { source: 'default' });
    const failure = engineTroubleFailure({ status, reason: 'why' }, { host, isInstalled: true, endpoint });
    expect(failure.message).toMatch(message);
    expect(failure.message).toContain('why');
    expect(failure.hint).toMatch(hint);
  },
);
