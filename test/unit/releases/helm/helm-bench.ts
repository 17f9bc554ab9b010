// What the tests of HelmCli stand on: a fake cluster with releases in it, and the commands that helm is expected to get.

import { gzipSync } from 'node:zlib';
import { HelmCli } from '../../../../src/releases/helm/helm-cli.ts';
import type { ReleaseStatus } from '../../../../src/releases/release-store.ts';
import { ownershipLabels } from '../../../../src/kubernetes/ownership.ts';
import { FakeClusterApi } from '../../../fakes/cluster-api.ts';
import { type ExpectedCommand, FakeCommandRunner } from '../../../fakes/command-runner.ts';

export const ours = ownershipLabels('todo');
export const spec = { name: 'web', namespace: 'todo', chart: '/charts/service', values: { port: 80 } };
export const inNamespace = ['--namespace', 'todo'];
export const cluster = ['--kubeconfig', '/kubeconfig'];
export const uninstall = [
  ...['helm', 'uninstall', 'web', ...inNamespace, ...cluster],
  ...['--cascade', 'foreground', '--ignore-not-found', '--timeout', '5m'],
];

export class HelmBench {
  readonly api = new FakeClusterApi();

  /** A HelmCli whose helm gets exactly these commands, in this order. */
  helmThat(...expected: ExpectedCommand[]): { helm: HelmCli; commands: FakeCommandRunner } {
    const commands = new FakeCommandRunner(expected);
    const helm = new HelmCli({
      commands,
      helm: async () => 'helm',
      kubeconfigFile: '/kubeconfig',
      cacheFolder: '/cache',
      connect: async () => this.api,
    });
    return { helm, commands };
  }

  /** Puts a revision of release web into the cluster, as helm keeps it. */
  store(revision: number, status: ReleaseStatus, labels: Record<string, string> = ours, manifest = ''): void {
    const packed = gzipSync(JSON.stringify({ info: {}, manifest })).toString('base64');
    this.api.add({
      apiVersion: 'v1',
      kind: 'Secret',
      data: { release: Buffer.from(packed).toString('base64') },
      metadata: {
        name: secretName(revision),
        namespace: 'todo',
        labels: { ...labels, owner: 'helm', name: 'web', status, version: String(revision) },
      },
    });
  }

  /** The same with a body that nobody can read. */
  damage(revision: number, labels: Record<string, string> = ours): void {
    this.store(revision, 'deployed', labels);
    const secret = this.api.objects.find(({ metadata }) => metadata.name === secretName(revision))!;
    this.api.add({ ...secret, data: { release: 'bm90IGEgcmVsZWFzZQ==' } });
  }

  forget(revision: number): void {
    this.api.remove({ apiVersion: 'v1', kind: 'Secret', name: secretName(revision), namespace: 'todo' });
  }
}

function secretName(revision: number): string {
  return `sh.helm.release.v1.web.v${revision}`;
}
