// A project of one service whose files are synced, by the bundled chart, on a cluster of its own.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigInput } from '../../src/config/schema.ts';
import { ApiTransport } from '../../src/kubernetes/client/api-transport.ts';
import type { ClusterApi, ClusterObject } from '../../src/kubernetes/client/cluster-api.ts';
import { connectCluster, openConnection } from '../../src/kubernetes/client/connect-cluster.ts';
import { SlipwayProcess } from './watched-project.ts';

const projectFolder = join(import.meta.dirname, '../..');
const { signal } = new AbortController();
const NAMESPACE = 'synced';
const PORT = 8000;

export interface SyncedPod {
  readonly name: string;
  readonly uid: string;
  readonly restarts: number;
  readonly isReady: boolean;
}

export class SyncedProject implements AsyncDisposable {
  readonly folder: string;
  readonly clusterName = `slipway-sync-${randomBytes(3).toString('hex')}`;
  readonly #root: string;
  #connected: { readonly api: ClusterApi; readonly transport: ApiTransport } | undefined;

  private constructor(root: string) {
    this.#root = root;
    this.folder = join(root, 'project');
  }

  /** Without `isSynced` each change of its files makes a new image, as for services without sync rules. */
  static async make({
    replicas,
    isSynced = true,
  }: {
    replicas: number;
    isSynced?: boolean;
  }): Promise<SyncedProject> {
    const project = new SyncedProject(await mkdtemp(join(tmpdir(), 'slipway-synced-')));
    const { folder } = project;
    await cp(join(import.meta.dirname, '../e2e/synced'), folder, { recursive: true });
    await cp(join(projectFolder, 'kind/cluster.yaml'), join(folder, 'cluster.yaml'));
    await cp(join(projectFolder, 'charts/service'), join(folder, 'chart'), { recursive: true });
    const sync = {
      command: ['node', 'src/main.mjs'],
      rules: [
        { from: 'app/src', to: '/app/src', after: 'restart' as const },
        { from: 'app/public', to: '/app/public', after: 'nothing' as const },
      ],
    };
    const environment: ConfigInput['environments'][string] = {
      namespace: NAMESPACE,
      cluster: { name: project.clusterName, config: 'cluster.yaml', ports: { http: 25_080, https: 25_443 } },
      policy: { onUp: 'report' },
      images: { web: { dockerfile: 'app/Dockerfile', context: 'app', bases: { BASE: 'node' } } },
      releases: {
        web: {
          chart: 'chart',
          images: { 'image.reference': 'web' },
          values: { port: PORT, replicas },
          ...(isSynced ? { sync } : {}),
        },
      },
    };
    const config: ConfigInput = { default: NAMESPACE, environments: { [NAMESPACE]: environment } };
    await project.write('slipway.config.ts', `export default ${JSON.stringify(config, null, 2)};\n`);
    return project;
  }

  write(path: string, text: string): Promise<void> {
    return writeFile(join(this.folder, path), text);
  }

  read(path: string): Promise<string> {
    return readFile(join(this.folder, path), 'utf8');
  }

  /** What the service is to answer. */
  answer(text: string): Promise<void> {
    return this.write('app/src/answer.mjs', `export const answer = '${text}';\n`);
  }

  /** Starts a command of Slipway on it, as a person would. */
  run(command: 'watch' | 'up' | 'status' | 'down', args: readonly string[] = []): SlipwayProcess {
    const file = join(projectFolder, 'scripts', `${command}.ts`);
    return new SlipwayProcess(
      spawn(process.execPath, [file, '--config', join(this.folder, 'slipway.config.ts'), '--json', ...args], {
        cwd: projectFolder,
        env: { ...process.env, XDG_STATE_HOME: join(this.#root, 'state') },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
  }

  async api(): Promise<ClusterApi> {
    return (await this.#connect()).api;
  }

  /** Those that are not on their way out. */
  async pods(): Promise<SyncedPod[]> {
    const api = await this.api();
    const query = { apiVersion: 'v1', kind: 'Pod', namespace: NAMESPACE };
    const pods = await api.list(query, signal);
    return pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(readPod);
  }

  async deletePod(name: string): Promise<void> {
    const api = await this.api();
    await api.delete({ apiVersion: 'v1', kind: 'Pod', name, namespace: NAMESPACE }, signal);
  }

  /** What a pod answers, by way of the API server; undefined when it does not. */
  ask(pod: string, path = '/'): Promise<string | undefined> {
    return this.#ask(`pods/${pod}:${PORT}`, path);
  }

  /** The same of whatever pod the Service leads to. */
  askService(path = '/'): Promise<string | undefined> {
    return this.#ask('services/web-svc:http', path);
  }

  async #ask(whom: string, path: string): Promise<string | undefined> {
    const { transport } = await this.#connect();
    const proxied = `/api/v1/namespaces/${NAMESPACE}/${whom}/proxy${path}`;
    const request = { doing: `ask ${whom}`, method: 'GET', path: proxied } as const;
    const text = await transport.fetchText(request, signal).catch(() => undefined);
    return text === undefined ? undefined : String(JSON.parse(text));
  }

  /** Takes the environment down, and the folder with it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const down = this.run('down', ['--now']);
    const { exitCode, stderr } = await down.ended;
    await rm(this.#root, { recursive: true, force: true });
    const failed = down.events.filter(({ type }) => type === 'step-failed' || type === 'run-ended');
    if (exitCode !== 0)
      throw new Error(`down ended with ${exitCode}: ${stderr}\n${JSON.stringify(failed, null, 2)}`);
  }

  async #connect(): Promise<{ readonly api: ClusterApi; readonly transport: ApiTransport }> {
    const kubeconfigFile = join(this.#root, 'state/slipway', this.clusterName, 'kubeconfig');
    return (this.#connected ??= {
      api: await connectCluster({ kubeconfigFile }),
      transport: new ApiTransport(await openConnection(kubeconfigFile), 5_000),
    });
  }
}

function readPod({ metadata, status }: ClusterObject): SyncedPod {
  const { containerStatuses = [], conditions = [] } = status as {
    containerStatuses?: { restartCount: number }[];
    conditions?: { type: string; status: string }[];
  };
  return {
    name: metadata.name,
    uid: metadata.uid!,
    restarts: containerStatuses[0]?.restartCount ?? 0,
    isReady: conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
  };
}
