// A ClusterDriver in memory: clusters are kept, can be stopped from outside, and fail when a test says so.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ClusterDriver, ClusterSpec, ClusterState } from '../../src/cluster/cluster-driver.ts';
import { Failure } from '../../src/failure.ts';
import type { Task } from '../../src/task.ts';

interface FakeCluster {
  status: 'stopped' | 'running';
  readonly spec: ClusterSpec;
  isForeign: boolean;
  startedAtMs: number | undefined;
}

export class FakeClusterDriver implements ClusterDriver {
  readonly kind = 'kind';
  /** 'create todo', in the order of the calls; observing is not recorded. */
  readonly calls: string[] = [];
  /** PEM text of the authority in the kubeconfigs that it writes from now on. */
  authority: string | undefined;
  readonly #clusters = new Map<string, FakeCluster>();
  readonly #failures = new Map<string, Failure>();

  /** The next call of this method rejects with this. A create that fails leaves no cluster. */
  failNext(method: 'observe' | 'create' | 'start' | 'delete', failure: Failure): void {
    this.#failures.set(method, failure);
  }

  /** As the end of the engine would. */
  stop(name: string): void {
    this.#known(name).status = 'stopped';
  }

  /** As a restart of the machine would: its nodes have just been started. */
  restart(name: string, agoMs = 1000): void {
    this.#known(name).startedAtMs = Date.now() - agoMs;
  }

  /** As if somebody else had made the cluster of that name. */
  disown(name: string): void {
    this.#known(name).isForeign = true;
  }

  /** As somebody with the engine's CLI would. */
  forget(name: string): void {
    if (!this.#clusters.delete(name)) throw new Error(`the fake has no cluster ${name} to forget`);
  }

  /** The spec that a cluster was made with. */
  spec(name: string): ClusterSpec | undefined {
    return this.#clusters.get(name)?.spec;
  }

  async observe(name: string, signal: AbortSignal): Promise<ClusterState> {
    this.#begin('observe', signal);
    const cluster = this.#clusters.get(name);
    if (cluster === undefined) return { status: 'absent', nodes: [], ports: [], isOnOwnNetwork: false };
    const { status, isForeign, startedAtMs, spec } = cluster;
    return {
      ...{ status, nodes: [`${name}-control-plane`], ports: spec.ports, isOnOwnNetwork: !isForeign },
      ...(startedAtMs === undefined ? {} : { startedAtMs }),
    };
  }

  async create(spec: ClusterSpec, task: Task): Promise<void> {
    this.calls.push(`create ${spec.name}`);
    this.#begin('create', task.signal);
    if (this.#clusters.has(spec.name))
      throw new Failure('cluster', `there is a cluster ${spec.name} already`);
    task.report({ text: 'Preparing nodes', done: 1, total: 2, unit: 'phases' });
    // The report may have been what made the test cancel.
    interruptIfAborted(task.signal);
    await mkdir(dirname(spec.kubeconfigFile), { recursive: true });
    await writeFile(spec.kubeconfigFile, this.#kubeconfig(spec.name), { mode: 0o600 });
    this.#clusters.set(spec.name, { status: 'running', spec, isForeign: false, startedAtMs: undefined });
  }

  async writeKubeconfig(name: string, file: string, signal: AbortSignal): Promise<void> {
    interruptIfAborted(signal);
    if (!this.#clusters.has(name)) throw new Failure('cluster', `there is no cluster ${name}`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, this.#kubeconfig(name), { mode: 0o600 });
  }

  async start(name: string, task: Task): Promise<void> {
    this.calls.push(`start ${name}`);
    this.#begin('start', task.signal);
    const cluster = this.#clusters.get(name);
    if (cluster === undefined) throw new Failure('cluster', `there is no cluster ${name} to start`);
    cluster.status = 'running';
  }

  async delete(name: string, task: Task): Promise<void> {
    this.calls.push(`delete ${name}`);
    this.#begin('delete', task.signal);
    this.#clusters.delete(name);
  }

  #kubeconfig(name: string): string {
    const { authority } = this;
    if (authority === undefined) return `# kubeconfig of ${name}\n`;
    const data = Buffer.from(authority).toString('base64');
    return JSON.stringify({
      'current-context': name,
      contexts: [{ name, context: { cluster: name } }],
      clusters: [{ name, cluster: { server: 'https://127.0.0.1:1', 'certificate-authority-data': data } }],
    });
  }

  #known(name: string): FakeCluster {
    const cluster = this.#clusters.get(name);
    if (cluster === undefined) throw new Error(`the fake has no cluster ${name}`);
    return cluster;
  }

  #begin(method: string, signal: AbortSignal): void {
    interruptIfAborted(signal);
    const failure = this.#failures.get(method);
    this.#failures.delete(method);
    if (failure !== undefined) throw failure;
  }
}

function interruptIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new Failure('interrupted', 'the run was cancelled');
}
