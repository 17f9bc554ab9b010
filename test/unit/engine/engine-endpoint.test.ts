import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findEngineEndpoint } from '../../../src/engine/engine-endpoint.ts';

let homeFolder: string;
beforeEach(async () => {
  homeFolder = await mkdtemp(join(tmpdir(), 'home-'));
});
afterEach(() => rm(homeFolder, { recursive: true }));

async function writeContext(name: string, host: string): Promise<void> {
  const id = createHash('sha256').update(name).digest('hex');
  const folder = join(homeFolder, '.docker', 'contexts', 'meta', id);
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'meta.json'),
    JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }),
  );
}
async function writeConfig(text: string): Promise<void> {
  await mkdir(join(homeFolder, '.docker'), { recursive: true });
  await writeFile(join(homeFolder, '.docker', 'config.json'), text);
}

test('without anything it is the default socket', async () => {
  expect(await findEngineEndpoint({ env: {}, homeFolder })).toEqual({
    url: 'unix:///var/run/docker.sock',
    socketPath: '/var/run/docker.sock',
    tlsFolder: undefined,
    source: 'default',
  });
});

test('DOCKER_HOST is stronger than the context', async () => {
  await writeConfig('{"currentContext":"desktop"}');
  await writeContext('desktop', 'unix:///desktop.sock');
  const found = await findEngineEndpoint({ env: { DOCKER_HOST: 'unix:///own.sock' }, homeFolder });
  expect(found).toMatchObject({ socketPath: '/own.sock', source: 'DOCKER_HOST' });
});

test('the current context is used, DOCKER_CONTEXT is stronger, and `default` is none', async () => {
  await writeConfig('{"currentContext":"desktop"}');
  await writeContext('desktop', 'unix:///desktop.sock');
  await writeContext('other', 'unix:///other.sock');
  expect(await findEngineEndpoint({ env: {}, homeFolder })).toMatchObject({
    socketPath: '/desktop.sock',
    source: "context 'desktop'",
  });
  expect(await findEngineEndpoint({ env: { DOCKER_CONTEXT: 'other' }, homeFolder })).toMatchObject({
    socketPath: '/other.sock',
  });
  expect(await findEngineEndpoint({ env: { DOCKER_CONTEXT: 'default' }, homeFolder })).toMatchObject({
    source: 'default',
  });
});

test('a tcp endpoint has TLS only when it is asked for', async () => {
  const env = { DOCKER_HOST: 'tcp://10.0.0.1:2376' };
  expect((await findEngineEndpoint({ env, homeFolder })).tlsFolder).toBeUndefined();
  const verified = await findEngineEndpoint({ env: { ...env, DOCKER_TLS_VERIFY: '1' }, homeFolder });
  expect(verified.tlsFolder).toBe(join(homeFolder, '.docker'));
});

test('a context that is not there and a kind of address that is not used are named', async () => {
  await expect(findEngineEndpoint({ env: { DOCKER_CONTEXT: 'gone' }, homeFolder })).rejects.toMatchObject({
    code: 'prerequisite',
    message: expect.stringContaining("'gone'"),
  });
  await expect(findEngineEndpoint({ env: { DOCKER_HOST: 'ssh://box' }, homeFolder })).rejects.toMatchObject({
    code: 'prerequisite',
    message: expect.stringContaining('ssh://box'),
  });
});

test('a broken config file of docker is as good as none', async () => {
  await writeConfig('{broken');
  expect((await findEngineEndpoint({ env: {}, homeFolder })).source).toBe('default');
});

test.each([
  ['longer than a socket may be', `unix:///${'x'.repeat(120)}/docker.sock`, /at most 107 bytes/],
  ['relative', 'unix://docker.sock', /has to be absolute/],
  ['of a machine behind ssh', 'ssh://me@far', /only unix:\/\/ and tcp:\/\/ are used/],
])('an address that is %s is refused before it is asked', async (_, url, message) => {
  await expect(findEngineEndpoint({ env: { DOCKER_HOST: url }, homeFolder })).rejects.toMatchObject({
    code: 'prerequisite',
    message: expect.stringMatching(message) as string,
  });
});
