import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectCluster } from '../../../../src/kubernetes/client/connect-cluster.ts';
import { ScriptedApiServer } from './scripted-api-server.ts';

const { signal } = new AbortController();
const pods = { apiVersion: 'v1', kind: 'Pod' };
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'connect-cluster-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function kubeconfig(name: string, cluster: object, user: object): Promise<string> {
  const file = join(folder, name);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'x',
    contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
    clusters: [{ name: 'x', cluster }],
    users: [{ name: 'x', user }],
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}

describe('connectCluster', () => {
  test('uses the token of a plain kubeconfig', async () => {
    let authorization: string | undefined;
    await using server = await ScriptedApiServer.start((request, response) => {
      authorization = request.headers.authorization;
      response.end('{"items":[]}');
    });
    const kubeconfigFile = await kubeconfig('plain', { server: server.url }, { token: 'abc' });
    expect(await (await connectCluster({ kubeconfigFile })).list(pods, signal)).toEqual([]);
    expect(authorization).toBe('Bearer abc');
  });

  test('leaves the rest to client-node', async () => {
    let authorization: string | undefined;
    await using server = await ScriptedApiServer.start((request, response) => {
      authorization = request.headers.authorization;
      response.end('{"items":[]}');
    });
    const cluster = { server: server.url, 'insecure-skip-tls-verify': true };
    const token = join(folder, 'token');
    await writeFile(token, 'from-a-file');
    const kubeconfigFile = await kubeconfig('clever', cluster, {
      'auth-provider': { name: '', config: { tokenFile: token } },
      tokenFile: token,
    });
    const api = await connectCluster({ kubeconfigFile });
    expect(await api.list(pods, signal)).toEqual([]);
    expect(authorization).toBe('Bearer from-a-file');
  });

  test('a file that is not there is a failure with a hint', async () => {
    await expect(connectCluster({ kubeconfigFile: join(folder, 'none') })).rejects.toMatchObject({
      code: 'cluster',
      hint: expect.stringContaining('slipway up'),
    });
  });

  test('credentials that cannot be read are a failure with a hint', async () => {
    const broken = Buffer.from('-----BEGIN CERTIFICATE-----').toString('base64');
    const kubeconfigFile = await kubeconfig(
      'broken',
      { server: 'https://127.0.0.1:1', 'certificate-authority-data': broken },
      { 'client-certificate-data': broken, 'client-key-data': broken },
    );
    await expect(connectCluster({ kubeconfigFile })).rejects.toMatchObject({
      code: 'cluster',
      hint: expect.stringContaining('slipway up'),
    });
  });

  test('a file that names no server is a failure', async () => {
    const kubeconfigFile = join(folder, 'empty');
    await writeFile(kubeconfigFile, 'apiVersion: v1\nkind: Config\n');
    await expect(connectCluster({ kubeconfigFile })).rejects.toMatchObject({ code: 'cluster' });
  });
});
