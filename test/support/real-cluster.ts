// What the tests on real clusters are made of: the product's own adapters and tools, and a cluster for one file of
// tests. The user's cache is shared: nothing is compiled twice.

import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { KindDriver } from '../../src/cluster/kind/kind-driver.ts';
import { nodeImageArtifacts } from '../../src/packages/node-image.ts';
import { waitForCluster } from '../../src/cluster/wait-for-cluster.ts';
import { findFolders } from '../../src/state/state-folders.ts';
import { connectEngine } from '../../src/engine/connect-engine.ts';
import { DockerodeImageStore } from '../../src/images/dockerode-image-store.ts';
import type { ImageLoader } from '../../src/images/load/image-loader.ts';
import { makeImageLoader } from '../../src/images/load/make-image-loader.ts';
import { connectCluster } from '../../src/kubernetes/client/connect-cluster.ts';
import type { CommandRunner } from '../../src/process/command-runner.ts';
import { ZxCommandRunner } from '../../src/process/zx-command-runner.ts';
import { ArtifactCache } from '../../src/packages/artifact-cache.ts';
import type { Artifact } from '../../src/packages/artifact.ts';
import { askEngine } from '../../src/engine/ask-engine.ts';
import { chooseHelm, chooseKind } from '../../src/tools/choose-tools.ts';
import { observeEngineHost } from '../../src/engine/container-engine.ts';
import { findEngineEndpoint } from '../../src/engine/engine-endpoint.ts';
import { mmdebstrapArtifact } from '../../src/packages/ensure-mmdebstrap.ts';
import { observeGoToolchain } from '../../src/packages/go-toolchain.ts';
import { installConsent } from '../../src/packages/install-consent.ts';
import {
  chooseImageSource,
  type ImageSourceRequest,
  officialImages,
} from '../../src/packages/probe-registry.ts';

export interface RealTools {
  readonly commands: CommandRunner;
  readonly images: DockerodeImageStore;
  readonly loader: ImageLoader;
  readonly driver: KindDriver;
  /** Paths of the programs. */
  readonly helm: string;
  readonly kind: string;
  /** In the engine; undefined where registries answer: kind pulls its own. */
  readonly nodeImage: string | undefined;
}

export interface RealCluster extends AsyncDisposable {
  readonly tools: RealTools;
  readonly name: string;
  readonly kubeconfigFile: string;
  readonly nodes: readonly string[];
}

/** How long a hook may take that is the first to need the tools: without a cache, Kubernetes is compiled. */
export const TOOLS_TIMEOUT_MS = 3_600_000;

/** The product's cluster config. */
export const clusterConfigFile = join(import.meta.dirname, '../../kind/cluster.yaml');

const READY_WITHIN_MS = 200_000;
const projectFolder = join(import.meta.dirname, '../..');

/** A name that no other cluster has. */
export function testClusterName(): string {
  return `slipway-it-${randomBytes(3).toString('hex')}`;
}

/** Composes what `up` composes, and makes the tools and the node image where they are missing. */
export async function openRealTools(signal: AbortSignal): Promise<RealTools> {
  const { env } = process;
  const folders = findFolders(projectFolder, env, homedir());
  const commands = new ZxCommandRunner({ env });
  const bench = { cache: new ArtifactCache(join(folders.cache, 'artifacts')), commands };
  const workbench = async () => ({ ...bench, ...(await observeGoToolchain(commands, signal)) });
  const registryWorkbench = async () => ({ ...bench, goVersion: 'none', platform: 'linux/amd64' });
  const choice = { commands, projectFolder, workbench, registryWorkbench };
  const endpoint = await findEngineEndpoint({ env, homeFolder: homedir() });
  const docker = await connectEngine(endpoint);
  const images = new DockerodeImageStore(docker);
  const memoryFile = join(folders.cache, 'image-source.json');
  const request = {
    wanted: 'auto',
    images: officialImages,
    engine: endpoint.url,
    memoryFile,
    nowMs: Date.now(),
    ask: (path, asked, deadlineMs) => askEngine(endpoint, path, asked, deadlineMs),
  } satisfies ImageSourceRequest;
  const [{ source }, kind, helm] = await Promise.all([
    chooseImageSource(request, signal),
    chooseKind(choice, signal),
    chooseHelm(choice, signal),
  ]);
  const toolArtifacts = [kind, helm].flatMap(({ artifact }) => artifact ?? []);
  const nodeArtifacts =
    source === 'packages' ? await nodeImageArtifacts({ ...(await workbench()), images }) : [];
  const mmdebstrap = mmdebstrapArtifact({
    commands,
    consent: installConsent({
      policy: env['SLIPWAY_INSTALL'],
      assumeYes: false,
      isCi: Boolean(env['CI']),
      ask: undefined,
    }),
    host: await observeEngineHost(process.platform, process.getuid?.() === 0),
  });
  const nodeImage = nodeArtifacts.at(-1);
  const known = [mmdebstrap, ...toolArtifacts, ...nodeArtifacts];
  for (const wanted of [...toolArtifacts, nodeImage]) if (wanted) await ensureArtifact(wanted, known, signal);
  return {
    commands,
    images,
    loader: await makeImageLoader({ docker, images, commands }, signal),
    driver: new KindDriver({ commands, kind: async () => kind.path, docker: 'docker' }),
    helm: helm.path,
    kind: kind.path,
    nodeImage: nodeImage?.location,
  };
}

/** What only something else was made of is not made when that is there. */
async function ensureArtifact(
  wanted: Artifact,
  known: readonly Artifact[],
  signal: AbortSignal,
): Promise<void> {
  if (await wanted.isPresent(signal)) return;
  for (const need of known.filter(({ id }) => wanted.needs.includes(id)))
    await ensureArtifact(need, known, signal);
  process.stderr.write(`${wanted.title}: not there yet, is made now\n`);
  await wanted.make({ signal, report: () => {} });
}

/** A cluster that can be used, with its API on a free port of this machine and no other port. */
export async function makeRealCluster(tools: RealTools, signal: AbortSignal): Promise<RealCluster> {
  const task = { signal, report: (): void => {} };
  const name = testClusterName();
  await using made = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), `${name}-`));
  made.defer(() => rm(folder, { recursive: true, force: true }));
  const configFile = join(folder, 'cluster.yaml');
  await writeFile(configFile, await configWithoutPorts());
  const kubeconfigFile = join(folder, 'kubeconfig');
  // Also after a stop, and with a signal of its own.
  made.defer(() => tools.driver.delete(name, { signal: AbortSignal.timeout(120_000), report: () => {} }));
  const { nodeImage } = tools;
  await tools.driver.create({ name, configFile, nodeImage, ports: [], kubeconfigFile }, task);
  await waitForCluster(await connectCluster({ kubeconfigFile }), task, { deadlineMs: READY_WITHIN_MS });
  const { nodes } = await tools.driver.observe(name, signal);
  const kept = made.move();
  return { tools, name, kubeconfigFile, nodes, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function configWithoutPorts(): Promise<string> {
  const config = parse(await readFile(clusterConfigFile, 'utf8')) as { nodes: Record<string, unknown>[] };
  for (const node of config.nodes) delete node['extraPortMappings'];
  return stringify(config);
}
