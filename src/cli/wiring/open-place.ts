// Opens what is known of an environment without its images and charts: engine, cluster driver, journal.
// `down`, `status` and `logs` need no more, and so they work with a config that is broken or gone.

import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ClusterDriver } from '../../cluster/cluster-driver.ts';
import { KindDriver } from '../../cluster/kind/kind-driver.ts';
import { Journal } from '../../run/journal.ts';
import { Failure } from '../../failure.ts';
import { listLatestReleases } from '../../releases/release-secrets.ts';
import type { ReleaseStore } from '../../releases/release-store.ts';
import type { EngineClient } from '../../engine/connect-engine.ts';
import type { DockerodeImageStoreOptions } from '../../images/dockerode-image-store.ts';
import type { ImageStore } from '../../images/image-store.ts';
import { listEngineImages } from '../../images/list-engine-images.ts';
import type { ClusterApi } from '../../kubernetes/client/cluster-api.ts';
import { connectCluster } from '../../kubernetes/client/connect-cluster.ts';
import type { CommandRunner } from '../../process/command-runner.ts';
import { ZxCommandRunner } from '../../process/zx-command-runner.ts';
import type { EnvironmentPlace } from '../../up/environment-run.ts';
import { RUN_VARIABLE } from '../../run/run-orphans.ts';
import { lockRun } from '../../run/run-lock.ts';
import { askEngine } from '../../engine/ask-engine.ts';
import type { EngineEndpoint } from '../../engine/engine-endpoint.ts';
import type { Workbench } from '../../packages/workshop.ts';
import type { CommandContext } from '../command-context.ts';
import { environmentStateFolder } from '../../state/known-places.ts';
import { late, once } from './late.ts';
import { openWorkbenches, type Tools } from './open-workbenches.ts';
import { openEngine, type EngineUse } from './open-engine.ts';
import { JOURNAL_FILE, KUBECONFIG_FILE } from '../../state/state-files.ts';

export interface OpenPlace extends EnvironmentPlace, AsyncDisposable {
  readonly commands: CommandRunner;
  readonly endpoint: EngineEndpoint;
  /** A client of the engine, for what is put together later. The same one at every call. */
  readonly docker: () => Promise<EngineClient>;
  readonly images: ImageStore;
  readonly journal: Journal;
  /** Each is looked for when it is first asked for. Rejects where it is missing and cannot be made. */
  readonly tools: Tools;
  readonly driver: ClusterDriver;
  readonly releases: ReleaseStore;
  /** Rejects where there is no Go. */
  readonly workbench: () => Promise<Workbench>;
  /** Enough where nothing is compiled. */
  readonly registryWorkbench: () => Promise<Workbench>;
  /** The API of the cluster. The same one at every call. */
  connect(): Promise<ClusterApi>;
}

export interface PlaceRequest {
  readonly environment: string;
  readonly clusterName: string;
  /** Id of the project that the environment belongs to. */
  readonly project?: string | undefined;
  /** Name of the command when it changes things: such a run is alone. */
  readonly lockedFor?: string;
  readonly engine: EngineUse;
  /** Environment variables that no program needs to see: what they hold is secret. */
  readonly withheld?: readonly string[];
}

/** Of an engine that is at work on something else. */
const LIST_WITHIN_MS = 60_000;

export async function openPlace(context: CommandContext, request: PlaceRequest): Promise<OpenPlace> {
  const { folders, signal, env } = context;
  const stateFolder = await environmentStateFolder(folders, request);
  context.redactor.addNames([request.environment, request.clusterName]);
  await using opened = new AsyncDisposableStack();
  const lock = request.lockedFor ? await lockRun(stateFolder, request.lockedFor) : undefined;
  opened.defer(async () => lock?.release());
  const withheld = Object.fromEntries((request.withheld ?? []).map((name) => [name, undefined]));
  // Ended before the lock is given back: nothing of this run works on beside the next one.
  const commands = opened.use(
    new ZxCommandRunner({ env: { ...env, ...withheld, [RUN_VARIABLE]: stateFolder } }),
  );
  const { workbench, registryWorkbench, tools } = openWorkbenches(context, commands);
  const endpoint = await openEngine({ context, commands, workbench, use: request.engine });
  const docker = once(async () => (await import('../../engine/connect-engine.ts')).connectEngine(endpoint));
  const ask = (path: string, asked: AbortSignal): Promise<unknown> =>
    askEngine(endpoint, path, asked, LIST_WITHIN_MS);
  // dockerode takes longer to load than a look at a cluster.
  const images = late<ImageStore>(
    async () => {
      const { DockerodeImageStore } = await import('../../images/dockerode-image-store.ts');
      const { layerSources } = await import('../../images/inspect/layer-sources.ts');
      const client = await docker();
      // Without the last one, an export of the whole image: that takes longer than the build.
      const sources: DockerodeImageStoreOptions['sources'] = async (store, asked) =>
        (await layerSources(client, store, asked)).slice(0, -1);
      return new DockerodeImageStore(client, { builder: 'auto', sources });
    },
    { list: (labels, asked) => listEngineImages(ask, labels, asked) },
  );
  const kubeconfigFile = join(stateFolder, KUBECONFIG_FILE);
  const kind = async (): Promise<string> => (await tools.kind()).path;
  const driver = new KindDriver({ commands, kind, docker: 'docker' });
  const connect = once(async () => {
    // One that is empty or garbage is written anew, as one that is gone.
    const isWhole = await readFile(kubeconfigFile, 'utf8').then(
      (text) => /\bclusters\b/.test(text),
      () => false,
    );
    if (!isWhole && request.engine === 'none')
      throw new Failure('cluster', `nothing is known here of a cluster ${request.clusterName}`);
    if (!isWhole) await driver.writeKubeconfig(request.clusterName, kubeconfigFile, signal);
    return connectCluster({ kubeconfigFile });
  });
  const journalFile = join(stateFolder, JOURNAL_FILE);
  const journal = await (lock ? Journal.open(journalFile, () => lock.verify()) : Journal.read(journalFile));
  if (journal.damaged.length > 0) {
    const fate = journal.isWritten ? 'were set aside' : 'are passed over';
    const text = `${journal.damaged.length} damaged lines of the journal ${fate}; labels tell what is ours`;
    context.emit({ type: 'note', level: 'warn', text });
  }
  const closing = opened.move();
  return {
    name: request.environment,
    clusterName: request.clusterName,
    project: request.project,
    imageScope: basename(stateFolder),
    stateFolder,
    kubeconfigFile,
    commands,
    endpoint,
    docker,
    images,
    journal,
    tools,
    driver,
    releases: late<ReleaseStore>(
      async () => {
        const { HelmCli } = await import('../../releases/helm/helm-cli.ts');
        const helm = async (): Promise<string> => (await tools.helm()).path;
        return new HelmCli({ ...{ commands, helm, kubeconfigFile, connect }, cacheFolder: folders.cache });
      },
      { list: async (asked) => listLatestReleases(await connect(), asked) },
    ),
    ...{ workbench, registryWorkbench },
    connect,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}
