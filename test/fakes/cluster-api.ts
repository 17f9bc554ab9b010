// A ClusterApi in memory: objects are kept, labels are selected, deletion can take its time.

import { Readable } from 'node:stream';
import { Failure } from '../../src/failure.ts';
import { ApiStatus } from '../../src/kubernetes/client/api-status.ts';
import type {
  ApiVersions,
  ClusterApi,
  ClusterObject,
  ListQuery,
  LogQuery,
  ObjectReference,
} from '../../src/kubernetes/client/cluster-api.ts';

const clusterScoped = new Set([
  'CustomResourceDefinition',
  'IngressClass',
  'Namespace',
  'Node',
  'StorageClass',
]);

export class FakeClusterApi implements ClusterApi {
  readonly #objects = new Map<string, ClusterObject>();
  readonly #failures: Failure[] = [];
  /** Paths of the fields that our applies have set, and of those that somebody else has. */
  readonly #ours = new Map<string, Set<string>>();
  readonly #others = new Map<string, Set<string>>();
  readonly #goesAfter = new Map<string, number>();
  readonly #logs = new Map<string, string>();
  readonly #identity: string;
  #uids = 0;
  /** 'get Secret todo/x', in the order of the calls. */
  readonly calls: string[] = [];

  constructor(identity = 'uid-of-kube-system') {
    this.#identity = identity;
  }

  /** Everything that is there. */
  get objects(): ClusterObject[] {
    return structuredClone([...this.#objects.values()]);
  }

  /** Puts an object there as somebody else would. */
  add(object: ClusterObject): this {
    const key = keyOf(referenceOf(object));
    this.#objects.set(key, structuredClone(object));
    this.#ours.delete(key);
    this.#others.set(key, new Set(leavesOf(object).keys()));
    return this;
  }

  /** Changes an object as somebody else would by an edit: fields that are named become theirs. */
  edit(object: ClusterObject): void {
    const key = keyOf(referenceOf(object));
    const live = this.#objects.get(key);
    if (live === undefined) throw new Error(`${key} is not there`);
    for (const [path, { steps, value }] of leavesOf(object)) {
      put(live, steps, value);
      this.#ours.get(key)?.delete(path);
      this.#others.set(key, (this.#others.get(key) ?? new Set()).add(path));
    }
  }

  remove(reference: ObjectReference): void {
    if (!this.#objects.delete(keyOf(reference))) throw new Error(`${keyOf(reference)} is not there`);
  }

  /** The next call rejects with this. */
  failNext(failure: Failure): void {
    this.#failures.push(failure);
  }

  /** After its deletion was asked for, the object is still seen by this many reads. Infinity: for ever. */
  linger(reference: ObjectReference, reads: number): void {
    this.#goesAfter.set(keyOf(reference), reads);
  }

  /** What `logs` gives for a pod; without it the pod is unknown. */
  setLog(namespace: string, pod: string, text: string): void {
    this.#logs.set(`${namespace}/${pod}`, text);
  }

  async versions(signal: AbortSignal): Promise<ApiVersions> {
    this.#begin('versions', signal);
    const served = ['v1', 'v1/ConfigMap', 'v1/PersistentVolumeClaim', 'v1/Secret', 'v1/Service', 'apps/v1'];
    const kept = this.objects.map(({ apiVersion, kind }) => `${apiVersion}/${kind}`);
    return { kubernetes: 'v1.34.1', served: [...new Set([...served, 'apps/v1/Deployment', ...kept])] };
  }

  async identity(signal: AbortSignal): Promise<string> {
    this.#begin('identity', signal);
    return this.#identity;
  }

  async get(reference: ObjectReference, signal: AbortSignal): Promise<ClusterObject | undefined> {
    const key = keyOf(reference);
    this.#begin(`get ${key}`, signal);
    this.#passTime(key);
    return structuredClone(this.#objects.get(key));
  }

  async list(query: ListQuery, signal: AbortSignal): Promise<ClusterObject[]> {
    this.#begin(`list ${query.kind}${query.namespace === undefined ? '' : ` in ${query.namespace}`}`, signal);
    const wanted = parseSelector(query.labelSelector);
    for (const key of [...this.#objects.keys()]) this.#passTime(key);
    return [...this.#objects.values()]
      .filter(({ apiVersion, kind }) => apiVersion === query.apiVersion && kind === query.kind)
      .filter(({ metadata }) => query.namespace === undefined || metadata.namespace === query.namespace)
      .filter(({ metadata }) =>
        wanted.every(([label, sign, value]) => (metadata.labels?.[label] === value) === (sign === '=')),
      )
      .map((object) => {
        const { apiVersion, kind, metadata } = object;
        return structuredClone(query.metadataOnly === true ? { apiVersion, kind, metadata } : object);
      });
  }

  async apply(
    object: ClusterObject,
    { dryRun = false, signal }: { dryRun?: boolean; signal: AbortSignal },
  ): Promise<ClusterObject> {
    const key = keyOf(referenceOf(object));
    this.#begin(`${dryRun ? 'check' : 'apply'} ${key}`, signal);
    const { namespace } = object.metadata;
    if (
      namespace !== undefined &&
      !this.#objects.has(keyOf({ apiVersion: 'v1', kind: 'Namespace', name: namespace }))
    ) {
      refuse(404, 'NotFound', `namespaces "${namespace}" not found`);
    }
    const before = this.#objects.get(key);
    if (before?.metadata.deletionTimestamp !== undefined) refuse(409, 'Conflict', `${key} is being deleted`);
    const { after, ours, others } = this.#merge(key, before, object);
    after.metadata.uid ??= `uid-${++this.#uids}`;
    after.metadata.labels ??= {};
    if (!dryRun) {
      this.#ours.set(key, ours);
      this.#others.set(key, others);
    }
    if (!dryRun) this.#objects.set(key, after);
    return structuredClone(after);
  }

  async delete(reference: ObjectReference, signal: AbortSignal, uid?: string): Promise<boolean> {
    const key = keyOf(reference);
    this.#begin(`delete ${key}`, signal);
    const object = this.#objects.get(key);
    if (object === undefined || (uid !== undefined && object.metadata.uid !== uid)) return false;
    object.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
    if (!this.#goesAfter.has(key)) this.#goesAfter.set(key, 0);
    this.#passTime(key);
    return true;
  }

  async logs({ namespace, pod, tailLines }: LogQuery, signal: AbortSignal): Promise<string> {
    this.#begin(`logs ${namespace}/${pod}`, signal);
    const log = this.#logs.get(`${namespace}/${pod}`);
    if (log === undefined) return refuse(404, 'NotFound', `pods "${pod}" not found`);
    return tailLines === undefined ? log : lastLines(log, tailLines);
  }

  /** The log as it is now; a container of the fake has always ended. */
  async streamLogs(query: LogQuery, signal: AbortSignal): Promise<Readable> {
    return Readable.from([await this.logs(query, signal)]);
  }

  /**
   * Server-side apply by force: maps are merged, lists replaced. What was ours alone and is not named any more goes; what
   * gets another value is ours alone.
   */
  #merge(key: string, before: ClusterObject | undefined, object: ClusterObject) {
    const after = structuredClone(before ?? { apiVersion: '', kind: '', metadata: { name: '' } });
    const leaves = leavesOf(object);
    const others = new Set(before === undefined ? [] : this.#others.get(key));
    const known = before === undefined ? new Map<string, Leaf>() : leavesOf(before);
    for (const path of before === undefined ? [] : (this.#ours.get(key) ?? []))
      if (!leaves.has(path) && !others.has(path)) take(after, known.get(path)?.steps ?? []);
    for (const [path, { steps, value }] of leaves) {
      if (JSON.stringify(known.get(path)?.value) === JSON.stringify(value)) continue;
      put(after, steps, structuredClone(value));
      others.delete(path);
    }
    return { after, others, ours: new Set(leaves.keys()) };
  }

  #begin(call: string, signal: AbortSignal): void {
    if (signal.aborted) throw new Failure('interrupted', `interrupted: ${call}`);
    this.calls.push(call);
    const failure = this.#failures.shift();
    if (failure !== undefined) throw failure;
  }

  #passTime(key: string): void {
    const reads = this.#goesAfter.get(key);
    if (reads === undefined || this.#objects.get(key)?.metadata.deletionTimestamp === undefined) return;
    this.#goesAfter.set(key, reads - 1);
    if (reads > 0) return;
    this.#goesAfter.delete(key);
    const gone = this.#objects.get(key)!;
    this.#objects.delete(key);
    if (gone.kind !== 'Namespace') return;
    for (const [inside, { metadata }] of this.#objects) {
      if (metadata.namespace === gone.metadata.name) this.#objects.delete(inside);
    }
  }
}

interface Leaf {
  readonly steps: readonly string[];
  readonly value: unknown;
}

/** Every field that is no map, by its path. */
function leavesOf(value: unknown, steps: readonly string[] = []): Map<string, Leaf> {
  const isMap =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
  if (!isMap || (steps.length > 0 && Object.keys(value).length === 0))
    return new Map([[steps.join('\0'), { steps, value }]]);
  return new Map(Object.entries(value).flatMap(([key, inner]) => [...leavesOf(inner, [...steps, key])]));
}

function put(object: object, steps: readonly string[], value: unknown): void {
  const [step = '', ...rest] = steps;
  const map = object as Record<string, unknown>;
  if (rest.length === 0) {
    // An empty map takes nothing away.
    const isEmpty = typeof value === 'object' && value !== null && JSON.stringify(value) === '{}';
    if (!(isEmpty && typeof map[step] === 'object')) map[step] = value;
    return;
  }
  if (typeof map[step] !== 'object' || map[step] === null) map[step] = {};
  put(map[step] as object, rest, value);
}

function take(object: object, steps: readonly string[]): void {
  const [step = '', ...rest] = steps;
  const map = object as Record<string, unknown>;
  if (rest.length === 0) delete map[step];
  else if (typeof map[step] === 'object' && map[step] !== null) take(map[step], rest);
}

function referenceOf({ apiVersion, kind, metadata }: ClusterObject): ObjectReference {
  return { apiVersion, kind, name: metadata.name, namespace: metadata.namespace };
}

function keyOf({ kind, name, namespace }: ObjectReference): string {
  if (clusterScoped.has(kind) !== (namespace === undefined)) {
    throw new Error(`${kind} ${name}: a namespace belongs to it exactly if the kind is not cluster-scoped`);
  }
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

function parseSelector(selector: string | undefined): [string, string, string][] {
  return (selector === undefined ? [] : selector.split(',')).map((term) => {
    const [, label, sign, value] = /^([^=!\s]+)(!?=)([^=!\s]+)$/.exec(term) ?? [];
    if (label === undefined || sign === undefined || value === undefined)
      throw new Error(`the fake knows no selector ${term}`);
    return [label, sign, value];
  });
}

function lastLines(text: string, count: number): string {
  return text
    .split(/(?<=\n)/)
    .slice(-count)
    .join('');
}

function refuse(status: number, reason: string, message: string): never {
  throw new Failure('cluster', message, { cause: new ApiStatus(status, reason, message) });
}
