import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectEngine, observeEngine } from '../../../src/engine/connect-engine.ts';
import { answerError, answerJson, EngineServer } from '../../fakes/engine-server.ts';

const { signal } = new AbortController();

describe('connectEngine', () => {
  test('a socket stays the socket, whatever DOCKER_HOST says', async () => {
    vi.stubEnv('DOCKER_HOST', 'tcp://192.0.2.1:2375');
    const { modem } = await connectEngine({ url: 'unix:///run/x.sock' });
    expect(modem).toMatchObject({ socketPath: '/run/x.sock', host: undefined, protocol: 'http' });
  });

  test('tcp has a port of its own with TLS', async () => {
    const tlsFolder = await mkdtemp(join(tmpdir(), 'slipway-tls-'));
    for (const name of ['ca', 'cert', 'key']) await writeFile(join(tlsFolder, `${name}.pem`), name);
    const plain = await connectEngine({ url: 'tcp://engine' });
    const safe = await connectEngine({ url: 'tcp://engine', tlsFolder });
    await rm(tlsFolder, { recursive: true });
    expect(plain.modem).toMatchObject({ host: 'engine', port: 2375, protocol: 'http' });
    expect(safe.modem).toMatchObject({ port: 2376, protocol: 'https', key: Buffer.from('key') });
  });

  test('TLS files that are missing are named', async () => {
    await expect(connectEngine({ url: 'tcp://engine:1', tlsFolder: '/nowhere' })).rejects.toMatchObject({
      code: 'prerequisite',
      message: expect.stringContaining('/nowhere/'),
    });
  });

  test.each(['ssh://me@host', 'engine', 'ftp://x', 'tcp://'])('refuses %s with a hint', async (url) => {
    await expect(connectEngine({ url })).rejects.toMatchObject({
      code: 'prerequisite',
      hint: expect.stringContaining('DOCKER_HOST'),
    });
  });

  test('environment variables that dockerode chokes on are a failure, not a crash', async () => {
    vi.stubEnv('DOCKER_HOST', 'tcp://[');
    await expect(connectEngine({ url: 'unix:///x' })).rejects.toMatchObject({ code: 'prerequisite' });
  });
});

describe('observeEngine', () => {
  let server: EngineServer;
  let info: unknown;
  beforeEach(async () => {
    server = await EngineServer.start({
      'GET /version': answerJson({ Version: '28.1.0', ApiVersion: '1.49', Arch: 'arm64' }),
      'GET /info': (request, response) => answerJson(info)(request, response),
    });
  });
  afterEach(() => server[Symbol.asyncDispose]());

  test('tells the containerd store from the classic one', async () => {
    info = {
      Driver: 'overlayfs',
      DockerRootDir: '/var/lib/docker',
      DriverStatus: [['driver-type', 'io.containerd.snapshotter.v1']],
      CgroupVersion: '2',
      NCPU: 8,
      MemTotal: 16e9,
    };
    const docker = await connectEngine({ url: server.url });
    expect(await observeEngine(docker, signal)).toEqual({
      version: '28.1.0',
      apiVersion: '1.49',
      architecture: 'arm64',
      storageDriver: 'overlayfs',
      rootFolder: '/var/lib/docker',
      containerdStore: true,
      cgroupVersion: 2,
      cpus: 8,
      memoryBytes: 16e9,
    });
    info = { Driver: 'overlay2', DriverStatus: null };
    expect(await observeEngine(docker, signal)).toMatchObject({ containerdStore: false, cgroupVersion: 1 });
  });

  test('an engine that answers with an error, or not at all, is a failure', async () => {
    await using broken = await EngineServer.start({ 'GET /version': answerError(500, 'ouch') });
    await expect(observeEngine(await connectEngine({ url: broken.url }), signal)).rejects.toMatchObject({
      code: 'engine',
    });
    await expect(
      observeEngine(await connectEngine({ url: 'unix:///nowhere.sock' }), signal),
    ).rejects.toMatchObject({
      code: 'engine',
      message: expect.stringContaining('does not answer'),
    });
  });
});
