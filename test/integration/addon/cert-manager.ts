// Registers the suite of cert-manager on a real cluster: what it proves, what it leaves, and what it serves.

import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Addon } from '../../../src/addons/addon.ts';
import { certManagerAddon } from '../../../src/addons/cert-manager/cert-manager.ts';
import type { Task } from '../../../src/task.ts';
import { describeAcme } from './acme.ts';
import { type AddonCluster, projectFolder } from './addon-cluster.ts';

const chartFolder = join(projectFolder, 'charts/addons/cert-manager');
const kinds = ['Certificate', 'CertificateRequest', 'Issuer', 'ClusterIssuer'];

/** `cluster` is asked in a hook, so it may be made by an earlier one. */
export function describeCertManager(cluster: () => AddonCluster): void {
  describe('cert-manager', () => {
    const task: Task = { signal: new AbortController().signal, report: () => {} };
    const addon = (): Addon => cluster().addon('cert-manager');

    async function left(): Promise<string[]> {
      const { api } = cluster();
      const found = await Promise.all([
        ...kinds.map((kind) => api.list({ apiVersion: 'cert-manager.io/v1', kind }, task.signal)),
        api.list({ apiVersion: 'v1', kind: 'Secret', namespace: 'cert-manager' }, task.signal),
      ]);
      return found.flat().map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    }

    test('is proven, twice, and the proofs leave nothing', async () => {
      const { api } = cluster();
      const before = await left();
      await addon().verify({ api, ports: [] }, task);
      expect(await left()).toEqual(before);
      await addon().verify({ api, ports: [] }, task);
      expect(await left()).toEqual(before);
    });

    test('leaves nothing of a proof that is stopped while a certificate is issued', async () => {
      const { api } = cluster();
      const before = await left();
      const stop = new AbortController();
      let isAsked = false;
      const report: Task['report'] = ({ text }) => {
        isAsked ||= text === 'asking for a certificate';
        if (isAsked && text.startsWith('waiting: ')) stop.abort();
      };
      const verification = addon().verify({ api, ports: [] }, { signal: stop.signal, report });
      await expect(verification).rejects.toMatchObject({ code: 'interrupted' });
      expect(await left()).toEqual(before);
    });

    test('runs as nobody, with a root file system that nobody writes to', async () => {
      const pods = await cluster().api.list(
        { apiVersion: 'v1', kind: 'Pod', namespace: 'cert-manager' },
        task.signal,
      );
      expect(pods).toHaveLength(3);
      for (const pod of pods) {
        expect(pod['spec']).toMatchObject({
          securityContext: { runAsNonRoot: true },
          containers: [
            { securityContext: { readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } } },
          ],
        });
      }
    });

    test('is given the official images, by tag, where registries answer', async () => {
      const { release } = certManagerAddon({ mode: 'registry', artifacts: [], chartFolder });
      const manifest = await cluster().releases.render(release, task.signal);
      const image = (program: string): string =>
        `quay.io/jetstack/cert-manager-${program}:v${addon().version}`;
      const named = [...manifest.matchAll(/image: "?(\S+?)"?$|solver-image=(\S+)/gm)];
      expect(named.map(([, container, solver]) => container ?? solver).sort()).toEqual(
        ['acmesolver', 'cainjector', 'controller', 'webhook'].map(image),
      );
    });

    test('has the chart of its module, with nothing but the two versions filled in', async () => {
      const { stdout } = await cluster().tools.commands.run({
        program: 'go',
        args: ['mod', 'download', '-json', 'github.com/cert-manager/cert-manager'],
        cwd: join(projectFolder, 'dockerfiles/cert-manager/program'),
        env: { GOFLAGS: '', GOWORK: 'off' },
      });
      const { Dir: module } = JSON.parse(stdout) as { Dir: string };
      const upstream = join(module, 'deploy/charts/cert-manager');
      const files = (await readdir(chartFolder, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map((entry) => relative(chartFolder, join(entry.parentPath, entry.name)));
      expect(files).toContain('templates/deployment.yaml');
      const changed: string[] = [];
      for (const file of files) {
        const theirs = await readFile(join(upstream, file), 'utf8');
        const filled =
          file === 'Chart.yaml'
            ? theirs.replace(/^((?:v|appV)ersion:) v0\.0\.0$/gm, `$1 v${addon().version}`)
            : theirs;
        if ((await readFile(join(chartFolder, file), 'utf8')) !== filled) changed.push(file);
      }
      expect(changed).toEqual([]);
    });

    describeAcme(cluster);
  });
}
