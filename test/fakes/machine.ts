// A whole machine in memory: the fakes of all ports, joined as the real things are. A cluster brings an API and
// releases and takes them along, a release brings its objects, a pod needs its image in the node.

import type { ClusterSpec } from '../../src/cluster/cluster-driver.ts';
import { Failure } from '../../src/failure.ts';
import type { ReleaseStore } from '../../src/releases/release-store.ts';
import type { ClusterApi, ClusterObject } from '../../src/kubernetes/client/cluster-api.ts';
import { parseManifest } from '../../src/kubernetes/parse-manifest.ts';
import type { Task } from '../../src/task.ts';
import { FakeClusterApi } from './cluster-api.ts';
import { FakeClusterDriver } from './cluster-driver.ts';
import { FakeImageLoader } from './image-loader.ts';
import { FakeImageStore } from './image-store.ts';
import { FakeReleaseStore, type FakeChart } from './release-store.ts';

/** What is inside a running cluster. */
interface FakeCluster {
  readonly name: string;
  readonly api: FakeClusterApi;
  readonly releases: FakeReleaseStore;
}

export class FakeMachine {
  readonly images = new FakeImageStore();
  readonly loader = new FakeImageLoader(this.images);
  readonly driver: FakeClusterDriver = new MachineDriver(this);
  readonly api: ClusterApi = delegate(() => this.#running().api);
  readonly releases: ReleaseStore = releasesOf(this);
  /** helm on charts alone: needs no cluster. */
  readonly charts: FakeReleaseStore;
  readonly #charts: Readonly<Record<string, FakeChart>>;
  #cluster: FakeCluster | undefined;
  #made = 0;

  /** @param charts by the path by which releases name them */
  constructor(charts: Readonly<Record<string, FakeChart>>) {
    this.#charts = charts;
    this.charts = new FakeReleaseStore(charts);
  }

  /** The inside of the cluster, to change or look at it as somebody else would. */
  get cluster(): FakeCluster | undefined {
    return this.#cluster;
  }

  /** A new cluster with what it brings by itself. Every one has another identity. */
  boot(name: string): void {
    const api = new FakeClusterApi(`uid-${++this.#made}`);
    for (const object of ownObjects) api.add(object);
    this.#cluster = { name, api, releases: new FakeReleaseStore(this.#charts) };
  }

  /** The end of the cluster, and of all that its nodes had. */
  unplug(name: string): void {
    if (this.#cluster?.name !== name) return;
    this.#cluster = undefined;
    for (const reference of this.loader.loads.flatMap((load) => load.references))
      this.loader.forget(`${name}-control-plane`, reference);
  }

  async releaseStore(signal: AbortSignal): Promise<FakeReleaseStore> {
    const { api, releases } = this.#running();
    const namespaces = api.objects.filter(({ kind }) => kind === 'Namespace').map((one) => one.metadata.name);
    for (const release of await releases.list(signal))
      if (!namespaces.includes(release.namespace)) releases.forget(release);
    return releases;
  }

  /** Puts the objects of a release there, the pods of it running. */
  async start(manifest: readonly ClusterObject[], signal: AbortSignal): Promise<void> {
    const { api, name } = this.#running();
    const nodes = [`${name}-control-plane`];
    for (const object of manifest) {
      const image = imageOf(object);
      if (image && (await this.loader.present({ references: [image], nodes }, signal)).length === 0)
        throw new Error(`the pod ${object.metadata.name} was started before its image was in the node`);
      for (const secret of secretsOf(object)) {
        const reference = { apiVersion: 'v1', kind: 'Secret', name: secret };
        if (!(await api.get({ ...reference, namespace: object.metadata.namespace }, signal)))
          throw new Error(
            `the pod ${object.metadata.name} was started before the secret ${secret} was there`,
          );
      }
      await api.apply(object.kind === 'Pod' ? { ...object, status: runningPod } : object, { signal });
    }
  }

  #running(): FakeCluster {
    if (this.#cluster) return this.#cluster;
    throw new Failure('cluster', 'connection refused');
  }
}

class MachineDriver extends FakeClusterDriver {
  readonly #machine: FakeMachine;

  constructor(machine: FakeMachine) {
    super();
    this.#machine = machine;
  }

  override async create(spec: ClusterSpec, task: Task): Promise<void> {
    await super.create(spec, task);
    this.#machine.boot(spec.name);
  }

  override async delete(name: string, task: Task): Promise<void> {
    await super.delete(name, task);
    this.#machine.unplug(name);
  }
}

/** The releases of whatever cluster is there, with what helm does in it. */
function releasesOf(machine: FakeMachine): ReleaseStore {
  return {
    list: async (signal) => (await machine.releaseStore(signal)).list(signal),
    lint: (spec, signal) => machine.charts.lint(spec, signal),
    render: (spec, signal) => machine.charts.render(spec, signal),
    apply: async (spec, options) => {
      const stored = await (await machine.releaseStore(options.signal)).apply(spec, options);
      await machine.start(parseManifest(stored.manifest!, spec.namespace), options.signal);
      return stored;
    },
    rollback: async (release, options) => {
      const stored = await (await machine.releaseStore(options.signal)).rollback(release, options);
      await machine.start(parseManifest(stored.manifest!, release.namespace), options.signal);
      return stored;
    },
    relabel: async (release, labels, signal) =>
      (await machine.releaseStore(signal)).relabel(release, labels, signal),
    uninstall: async (release, signal) => {
      const store = await machine.releaseStore(signal);
      const found = (await store.list(signal)).find(
        ({ name, namespace }) => name === release.name && namespace === release.namespace,
      );
      const wasThere = await store.uninstall(release, signal);
      for (const { apiVersion, kind, metadata } of parseManifest(found?.manifest ?? '', release.namespace)) {
        const { name, namespace } = metadata;
        await machine.api.delete({ apiVersion, kind, name, namespace }, signal);
      }
      return wasThere;
    },
  };
}

/** What a new kind cluster has, ready. */
const ownObjects: readonly ClusterObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } },
  {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'control-plane' },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'coredns', namespace: 'kube-system' },
    spec: { replicas: 1 },
    status: { replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
  },
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: {
      name: 'standard',
      annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
    },
    provisioner: 'fake',
  },
];

const runningPod = {
  phase: 'Running',
  conditions: [{ type: 'Ready', status: 'True' }],
  containerStatuses: [{ name: 'main', ready: true, started: true, restartCount: 0, state: { running: {} } }],
};

function imageOf(object: ClusterObject): string | undefined {
  if (object.kind !== 'Pod') return undefined;
  return (object['spec'] as { containers: { image?: string }[] }).containers[0]?.image;
}

/** Names of the secrets whose keys a pod gets as variables. */
function secretsOf(object: ClusterObject): string[] {
  if (object.kind !== 'Pod') return [];
  const { containers } = object['spec'] as { containers: { envFrom?: { secretRef: { name: string } }[] }[] };
  return (containers[0]?.envFrom ?? []).map(({ secretRef }) => secretRef.name);
}

/** A port whose every call goes to the one that is there at that moment. */
function delegate<T extends object>(current: () => T): T {
  return new Proxy({} as T, {
    get: (_, key) => {
      // A port is no promise: awaiting it must not call it.
      if (key === 'then') return undefined;
      return async (...args: unknown[]) => {
        const target = current();
        return Reflect.apply(Reflect.get(target, key) as (...all: unknown[]) => unknown, target, args);
      };
    },
  });
}
