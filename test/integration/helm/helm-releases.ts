// Registers the suite of HelmCli on a real cluster: what helm itself does when it is killed cannot be faked.

import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HelmCli } from '../../../src/releases/helm/helm-cli.ts';
import type { ReleaseSpec } from '../../../src/releases/release-store.ts';
import type { ClusterApi } from '../../../src/kubernetes/client/cluster-api.ts';
import { connectCluster } from '../../../src/kubernetes/client/connect-cluster.ts';
import { ensureNamespace } from '../../../src/kubernetes/ensure-namespace.ts';
import { parseManifest } from '../../../src/kubernetes/parse-manifest.ts';
import { waitForGone } from '../../../src/kubernetes/wait-for-gone.ts';
import { waitForRelease } from '../../../src/kubernetes/readiness/wait-for-release.ts';
import type { Failure } from '../../../src/failure.ts';
import type { CommandRunner } from '../../../src/process/command-runner.ts';
import { watchingHooks } from '../../../src/releases/hook-watch.ts';
import { putBack, rememberInStep } from '../../../src/releases/release-drift.ts';
import type { Task } from '../../../src/task.ts';
import { until } from '../../support/until.ts';
import type { TestCluster } from '../kubernetes/release-troubles.ts';

export interface HelmTestCluster extends TestCluster {
  readonly commands: CommandRunner;
  /** Path of the helm program. */
  readonly helm: string;
}

const chart = join(import.meta.dirname, 'chart');
const labels = { 'slipway.dev/environment': 'test', 'slipway.dev/fingerprint': '0123456789ab' };

/** `cluster` is asked in a hook, so it may be made by an earlier one. */
export function describeHelmReleases(cluster: () => HelmTestCluster): void {
  describe('helm releases', () => {
    const namespace = `slipway-test-${Math.random().toString(36).slice(2, 8)}`;
    const { signal } = new AbortController();
    const task: Task = { signal, report: () => {} };
    let api: ClusterApi;
    let folder: string;
    const reports: string[] = [];

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'helm-releases-'));
      api = await connectCluster({ kubeconfigFile: cluster().kubeconfigFile });
      await ensureNamespace({ api, name: namespace, environment: 'test' }, signal);
    });

    afterAll(async () => {
      // What is still going when the cluster is taken away goes with it.
      await api.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, signal);
      await rm(folder, { recursive: true });
    });

    function helmCli(helm = cluster().helm): HelmCli {
      const { commands, kubeconfigFile } = cluster();
      return new HelmCli({
        ...{ commands, kubeconfigFile, cacheFolder: folder },
        helm: async () => helm,
        connect: async () => api,
      });
    }

    /** Lets helm act until it is half way, and then kills it as nobody can catch. */
    async function killHalfWay(
      act: (store: HelmCli) => Promise<unknown>,
      isHalfWay: () => Promise<boolean>,
    ): Promise<void> {
      const program = join(folder, 'mortal-helm');
      const pidFile = join(folder, 'pid');
      await writeFile(program, `#!/bin/sh\necho $$ > '${pidFile}'\nexec '${cluster().helm}' "$@"\n`);
      await chmod(program, 0o755);
      let outcome: unknown;
      const acting = act(helmCli(program)).then(
        () => (outcome = 'it went well'),
        (error: unknown) => (outcome = error),
      );
      await until('helm is half way', async () => outcome !== undefined || (await isHalfWay()));
      if (outcome === undefined) process.kill(Number(await readFile(pidFile, 'utf8')), 'SIGKILL');
      await acting;
      expect(outcome).toMatchObject({ code: 'command' });
    }

    const spec = (name: string, values: object = {}): ReleaseSpec => ({
      name,
      namespace,
      chart,
      values: { image: cluster().image, ...values },
    });
    const find = async (name: string) =>
      (await helmCli().list(signal)).find(
        (release) => release.name === name && release.namespace === namespace,
      );

    /** A job of a hook: helm waits for its end. */
    const isHookThere = async (name: string): Promise<boolean> =>
      (await api.get({ apiVersion: 'batch/v1', kind: 'Job', name, namespace }, signal)) !== undefined;

    async function apply(release: ReleaseSpec) {
      const repairs: string[] = [];
      const onRepair = (reason: string): void => void repairs.push(reason);
      return { stored: await helmCli().apply(release, { labels, signal, onRepair }), repairs };
    }

    async function waitUntilReady(release: ReleaseSpec): Promise<void> {
      const manifest = parseManifest(await helmCli().render(release, signal), namespace);
      await waitForRelease({ api, manifest, namespace, deadlineMs: 60_000 }, task);
    }

    test('a release is installed with its labels, upgraded, listed, and removed with its pods', async () => {
      await helmCli().lint(spec('web'), signal);
      expect((await apply(spec('web'))).stored).toMatchObject({ revision: 1, status: 'deployed' });
      await waitUntilReady(spec('web'));
      const { stored } = await apply(spec('web', { replicas: 2 }));
      expect(stored).toMatchObject({ revision: 2, labels: { ...labels, 'slipway.dev/owner': 'slipway' } });
      await waitUntilReady(spec('web', { replicas: 2 }));
      expect((await find('web'))?.manifest).toContain('replicas: 2');
      expect(await helmCli().uninstall(spec('web'), signal)).toBe(true);
      expect(await api.list({ apiVersion: 'v1', kind: 'Pod', namespace }, signal)).toEqual([]);
      expect(await helmCli().uninstall(spec('web'), signal)).toBe(false);
    });

    test('what was changed by hand gives way', async () => {
      await apply(spec('hand'));
      const byHand = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'hand', namespace } };
      await api.apply({ ...byHand, spec: { replicas: 3 } }, { signal });
      await apply(spec('hand', { replicas: 2 }));
      const found = await api.get({ ...byHand, name: 'hand', namespace }, signal);
      expect(found?.['spec']).toMatchObject({ replicas: 2 });
      await helmCli().uninstall(spec('hand'), signal);
    });

    test('values that break the schema are told by lint and render, each with its path', async () => {
      const bad = spec('bad', { replicas: 'two', nope: 1 });
      const expected = {
        code: 'chart',
        details: expect.arrayContaining([
          expect.stringContaining('values.replicas: '),
          expect.stringContaining("'nope'"),
        ]),
      };
      await expect(helmCli().lint(bad, signal)).rejects.toMatchObject(expected);
      await expect(helmCli().render(bad, signal)).rejects.toMatchObject(expected);
    });

    test('an install killed half way starts anew', async () => {
      const hanging = spec('first', { hang: true });
      await killHalfWay(
        (store) => store.apply(hanging, { labels, signal }),
        () => isHookThere('first-hang'),
      );
      expect(await find('first')).toMatchObject({ status: 'pending-install' });
      const { stored, repairs } = await apply(spec('first'));
      expect(stored).toMatchObject({ status: 'deployed', revision: 1 });
      expect(repairs).toEqual([expect.stringContaining('install was broken off')]);
      await helmCli().uninstall(spec('first'), signal);
    });

    test('an upgrade killed half way goes back to what was deployed, then on', async () => {
      await apply(spec('second'));
      const hanging = spec('second', { hang: true });
      await killHalfWay(
        (store) => store.apply(hanging, { labels, signal }),
        () => isHookThere('second-hang'),
      );
      expect(await find('second')).toMatchObject({ status: 'pending-upgrade', revision: 2 });
      const { stored, repairs } = await apply(spec('second', { replicas: 2 }));
      expect(stored).toMatchObject({ status: 'deployed', revision: 4 });
      expect(repairs).toEqual([expect.stringContaining('goes back to revision 1 first')]);
      await waitUntilReady(spec('second', { replicas: 2 }));
      await helmCli().uninstall(spec('second'), signal);
    });

    test('an upgrade that is cancelled is taken up again', async () => {
      await apply(spec('third'));
      const stop = new AbortController();
      const cancelled = helmCli().apply(spec('third', { hang: true }), { labels, signal: stop.signal });
      await until('helm hangs', () => isHookThere('third-hang'));
      stop.abort();
      await expect(cancelled).rejects.toMatchObject({ code: 'interrupted' });
      expect((await find('third'))?.status).not.toBe('deployed');
      expect((await apply(spec('third'))).stored.status).toBe('deployed');
      await waitUntilReady(spec('third'));
      await helmCli().uninstall(spec('third'), signal);
    });

    /** Helm dies after it has removed the objects and before it has forgotten the release. */
    async function breakOffRemoval(held: ReleaseSpec): Promise<void> {
      await apply(held);
      await waitUntilReady(held);
      await killHalfWay(
        (store) => store.uninstall(held, signal),
        () => isHookThere(`${held.name}-hold`),
      );
      expect(await find(held.name)).toMatchObject({ status: 'uninstalling' });
      const gate = { name: `${held.name}-gate`, namespace };
      await api.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: gate }, { signal });
    }

    test('a removal killed half way is finished by the next install', async () => {
      const held = spec('fourth', { holdRemoval: true });
      await breakOffRemoval(held);
      const { stored, repairs } = await apply(held);
      expect(stored).toMatchObject({ status: 'deployed', revision: 1 });
      expect(repairs).toEqual([expect.stringContaining('removal was broken off')]);
      await waitUntilReady(held);
      await helmCli().uninstall(held, signal);
    });

    test('a removal killed half way is finished by the next removal', async () => {
      const held = spec('sixth', { holdRemoval: true });
      await breakOffRemoval(held);
      expect(await helmCli().uninstall(held, signal)).toBe(true);
      expect(await find('sixth')).toBeUndefined();
    });

    test('a release of somebody else is neither changed nor removed', async () => {
      const { commands, helm, kubeconfigFile, image } = cluster();
      const foreign = ['install', 'foreign', chart, '--namespace', namespace, '--kubeconfig', kubeconfigFile];
      await commands.run({ program: helm, args: [...foreign, '--set', `image=${image}`] });
      await expect(apply(spec('foreign'))).rejects.toMatchObject({ code: 'ownership' });
      await expect(helmCli().uninstall(spec('foreign'), signal)).rejects.toMatchObject({ code: 'ownership' });
      expect(await find('foreign')).toMatchObject({ revision: 1, status: 'deployed' });
    });

    test('an object of somebody else stops the install, which goes on once that is gone', async () => {
      const odd = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'fifth', namespace } };
      const selector = { matchLabels: { app: 'other' } };
      const template = {
        metadata: { labels: { app: 'other' } },
        spec: { containers: [{ name: 'x', image: 'x' }] },
      };
      await api.apply({ ...odd, spec: { replicas: 0, selector, template } }, { signal });
      await expect(apply(spec('fifth'))).rejects.toMatchObject({ code: 'ownership' });
      await api.delete({ ...odd, name: 'fifth', namespace }, signal);
      const reference = { ...odd, name: 'fifth', namespace };
      await waitForGone({ api, references: [reference], deadlineMs: 30_000 }, task);
      expect((await apply(spec('fifth'))).stored.status).toBe('deployed');
      await helmCli().uninstall(spec('fifth'), signal);
    });

    /** As a step of `up` does it. */
    async function applyWatched(release: ReleaseSpec): Promise<unknown> {
      const run = { api, release, doing: 'helm upgrade' };
      const watched = watchingHooks(run, (giveUp) => helmCli().apply(release, { labels, signal, giveUp }), {
        signal,
        report: ({ text }) => void reports.push(text),
      });
      return watched.catch((error: unknown) => error);
    }

    test('a hook that fails tells the end of its log, although helm has deleted it', async () => {
      const failure = (await applyWatched(spec('crashing', { crash: true }))) as Failure;
      expect(failure).toMatchObject({
        code: 'release',
        message: expect.stringContaining('release crashing'),
      });
      expect(failure.details.join('\n')).toContain('fatal: cannot connect to database');
    });

    test('a hook that can never start ends helm at once, and the next apply puts it right', async () => {
      const before = performance.now();
      const image = 'slipway.local/none:sha-0';
      const failure = await applyWatched(spec('stuck', { hang: true, image }));
      expect(failure).toMatchObject({
        code: 'release',
        message: expect.stringMatching(/^hook job stuck-hang does not get ready: ErrImageNeverPull in pod/),
      });
      expect(performance.now() - before).toBeLessThan(30_000);
      expect((await apply(spec('stuck'))).stored.status).toBe('deployed');
    });

    test('what was changed by hand is found, put back, and then no longer found', async () => {
      await apply(spec('drifting'));
      await waitUntilReady(spec('drifting'));
      const notes: string[] = [];
      const stored = async () => (await helmCli().list(signal)).find(({ name }) => name === 'drifting')!;
      const ask = async () => ({
        ...{ api, stored: await stored(), stateFolder: folder },
        note: (text: string) => void notes.push(text),
      });
      await rememberInStep({ ...(await ask()), drift: [] }, task);
      expect(await putBack(await ask(), task)).toEqual([]);
      const metadata = { name: 'drifting', namespace };
      await api.apply(
        { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replicas: 0 } },
        { signal },
      );
      const drift = await putBack(await ask(), task);
      expect(notes).toEqual(['put back: deployment drifting: spec.replicas is 0 in the cluster, not 1']);
      await apply(spec('drifting'));
      await rememberInStep({ ...(await ask()), drift }, task);
      expect(await putBack(await ask(), task)).toEqual([]);
      expect(notes).toHaveLength(1);
    });
  });
}
