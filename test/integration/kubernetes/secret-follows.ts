// Registers the suite of Secrets that follow what is declared, and of the pods that use them, on a real cluster.

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { HelmCli } from '../../../src/releases/helm/helm-cli.ts';
import type { ClusterApi } from '../../../src/kubernetes/client/cluster-api.ts';
import { connectCluster } from '../../../src/kubernetes/client/connect-cluster.ts';
import { ensureNamespace } from '../../../src/kubernetes/ensure-namespace.ts';
import { ownershipLabels } from '../../../src/kubernetes/ownership.ts';
import { parseManifest } from '../../../src/kubernetes/parse-manifest.ts';
import { waitForRelease } from '../../../src/kubernetes/readiness/wait-for-release.ts';
import { ensureSecret } from '../../../src/secrets/ensure-secret.ts';
import { liveWorkloads, restartForSecrets } from '../../../src/releases/restart-for-secrets.ts';
import type { Task } from '../../../src/task.ts';
import type { HelmTestCluster } from '../helm/helm-releases.ts';
import { deployment } from './test-objects.ts';

const keys = { password: { generate: { bytes: 12 } }, token: { fromEnv: 'TOKEN' } };

/** `cluster` is asked in a hook, so it may be made by an earlier one. */
export function describeSecretFollows(cluster: () => HelmTestCluster): void {
  describe('a Secret that changes', () => {
    const namespace = `slipway-test-${Math.random().toString(36).slice(2, 8)}`;
    const task: Task = { signal: new AbortController().signal, report: () => {} };
    const reference = { apiVersion: 'v1', kind: 'Secret', name: 'app', namespace };
    let api: ClusterApi;
    let helm: HelmCli;
    let folder: string;
    let tag = 0;

    beforeAll(async () => {
      const { kubeconfigFile, commands, helm: program } = cluster();
      folder = await mkdtemp(join(tmpdir(), 'slipway-secret-'));
      api = await connectCluster({ kubeconfigFile });
      await ensureNamespace({ api, name: namespace, environment: 'test' }, task.signal);
      helm = new HelmCli({
        ...{ commands, kubeconfigFile, helm: async () => program, cacheFolder: folder },
        connect: async () => api,
      });
      await mkdir(join(folder, 'chart/templates'), { recursive: true });
      await writeFile(join(folder, 'chart/Chart.yaml'), 'apiVersion: v2\nname: web\nversion: 1.0.0\n');
    });
    afterAll(async () => {
      await api.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, task.signal);
      await rm(folder, { recursive: true, force: true });
    });

    const write = (TOKEN: string): ReturnType<typeof ensureSecret> =>
      ensureSecret(
        { api, owner: 'test', spec: { name: 'app', namespace, keys }, environment: { TOKEN } },
        task.signal,
      );
    async function stored(): Promise<Record<string, string>> {
      const data = (await api.get(reference, task.signal))?.['data'] as Record<string, string>;
      return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, atob(value)]));
    }

    /** One step of `up`: helm only where the chart has changed. */
    async function bringUp(isApplied: boolean): Promise<number> {
      const envFrom = [{ secretRef: { name: 'app' } }];
      const { image } = cluster();
      const object = deployment({ name: 'web', namespace, image, envFrom, args: ['serve', `--${tag}`] });
      await writeFile(join(folder, 'chart/templates/web.yaml'), JSON.stringify(object));
      const manifest = parseManifest(JSON.stringify(object), namespace);
      const before = await liveWorkloads(api, manifest, task.signal);
      const spec = { name: 'web', namespace, chart: join(folder, 'chart'), values: {} };
      if (isApplied) await helm.apply(spec, { labels: ownershipLabels('test'), signal: task.signal });
      const restart = { api, manifest, listed: [], note: () => {} };
      await restartForSecrets({ ...restart, before: isApplied ? before : undefined }, task);
      await waitForRelease({ api, manifest, namespace, deadlineMs: 60_000 }, task);
      return (await api.list({ apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace }, task.signal)).length;
    }

    test('has the pods of a chart restarted exactly once, and none after an install', async () => {
      await write('first');
      expect(await bringUp(true)).toBe(1);
      await write('second');
      expect(await bringUp(false)).toBe(2);
      expect(await bringUp(false)).toBe(2);
      // helm leaves the annotation where it is.
      expect(await bringUp(true)).toBe(2);
      tag++;
      await write('third');
      expect(await bringUp(true)).toBe(3);
      expect(await bringUp(false)).toBe(3);
    }, 120_000);

    test('by hand is put back, also keys that somebody else has added', async () => {
      await write('first');
      const before = await stored();
      await patchByHand(cluster().kubeconfigFile, `/api/v1/namespaces/${namespace}/secrets/app`, {
        data: { token: btoa('by hand'), extra: btoa('x'), empty: '', password: null },
      });
      expect((await write('first')).changedKeys.toSorted()).toEqual(['empty', 'extra', 'password', 'token']);
      expect(await stored()).toEqual(before);
      expect((await write('first')).changedKeys).toEqual([]);
      await api.delete(reference, task.signal);
      await expect.poll(() => api.get(reference, task.signal)).toBeUndefined();
      await write('first');
      expect(await stored()).toEqual(before);
    }, 60_000);
  });
}

/** As `kubectl edit` writes: as another field manager. */
async function patchByHand(kubeconfigFile: string, path: string, patch: object): Promise<void> {
  const config = parse(await readFile(kubeconfigFile, 'utf8')) as {
    clusters: { cluster: Record<string, string> }[];
    users: { user: Record<string, string> }[];
  };
  const { server = '', 'certificate-authority-data': ca = '' } = config.clusters[0]!.cluster;
  const { 'client-certificate-data': cert = '', 'client-key-data': key = '' } = config.users[0]!.user;
  const decode = (text: string): Buffer => Buffer.from(text, 'base64');
  await new Promise<void>((resolve, reject) => {
    const asked = request(
      new URL(`${path}?fieldManager=by-hand`, server),
      {
        method: 'PATCH',
        headers: { 'content-type': 'application/merge-patch+json' },
        ...{ ca: decode(ca), cert: decode(cert), key: decode(key), agent: false },
      },
      (response) => {
        response.resume();
        response.on('end', () =>
          response.statusCode === 200 ? resolve() : reject(new Error(`answered ${response.statusCode}`)),
        );
      },
    );
    asked.on('error', reject);
    asked.end(JSON.stringify(patch));
  });
}
