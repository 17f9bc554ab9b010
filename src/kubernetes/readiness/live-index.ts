// Pure: finds among many live objects those that the verdict on one release can look at. Without it a look at n
// releases would go n times through all objects of all of them.
import type { ClusterObject } from '../client/cluster-api.ts';

/** Looked at by other things than a name or an owner; there are few of them. */
const SHARED_KINDS = new Set(['Certificate', 'Event', 'StorageClass']);

export class LiveIndex {
  readonly #byName: ReadonlyMap<string, ClusterObject[]>;
  readonly #byOwner: ReadonlyMap<string, ClusterObject[]>;
  readonly #slices: ReadonlyMap<string, ClusterObject[]>;
  readonly #pods: ReadonlyMap<string, ClusterObject[]>;
  readonly #shared: readonly ClusterObject[];

  constructor(live: readonly ClusterObject[]) {
    const of = (kind: string): ClusterObject[] => live.filter((object) => object.kind === kind);
    this.#byName = Map.groupBy(live, nameOf);
    this.#byOwner = groupByEach(live, ({ metadata }) =>
      (metadata.ownerReferences ?? []).map(({ uid }) => uid),
    );
    this.#slices = Map.groupBy(of('EndpointSlice'), ({ metadata }) =>
      placeOf(metadata.namespace, metadata.labels?.['kubernetes.io/service-name']),
    );
    this.#pods = Map.groupBy(of('Pod'), ({ metadata }) => placeOf(metadata.namespace, ''));
    this.#shared = live.filter(({ kind }) => SHARED_KINDS.has(kind));
  }

  /** The objects of these names, what they own and what that owns, and whatever else tells how they are. */
  around(declared: readonly ClusterObject[]): ClusterObject[] {
    const found = new Set<ClusterObject>(this.#shared);
    const take = (object: ClusterObject): void => {
      if (found.has(object)) return;
      found.add(object);
      for (const owned of this.#byOwner.get(object.metadata.uid ?? '') ?? []) take(owned);
    };
    for (const object of declared) {
      const { name, namespace } = object.metadata;
      for (const named of this.#byName.get(nameOf(object)) ?? []) take(named);
      if (object.kind === 'Service') this.#slices.get(placeOf(namespace, name))?.forEach(take);
      // Whether a claim is used is asked of the pods.
      if (object.kind === 'PersistentVolumeClaim') this.#pods.get(placeOf(namespace, ''))?.forEach(take);
    }
    return [...found];
  }
}

/** Without the namespace: of a custom resource the manifest does not tell whether it has one. */
function nameOf({ kind, metadata }: ClusterObject): string {
  return `${kind} ${metadata.name}`;
}

function placeOf(namespace: string | undefined, name: string | undefined): string {
  return `${namespace} ${name}`;
}

function groupByEach(
  live: readonly ClusterObject[],
  keysOf: (object: ClusterObject) => readonly string[],
): Map<string, ClusterObject[]> {
  const groups = new Map<string, ClusterObject[]>();
  for (const object of live) {
    for (const key of keysOf(object)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [object]);
      else group.push(object);
    }
  }
  return groups;
}
