// What helm has made for a release, by the marks that it leaves on everything: where its own record cannot be read.

import { apiStatusOf } from '../kubernetes/client/api-status.ts';
import type { ClusterApi, ClusterObject } from '../kubernetes/client/cluster-api.ts';

/** Annotations of helm's, with which it tells its releases apart. */
const RELEASE_NAME = 'meta.helm.sh/release-name';
const RELEASE_NAMESPACE = 'meta.helm.sh/release-namespace';
const KEEP = 'helm.sh/resource-policy';

export interface ReleaseName {
  readonly name: string;
  readonly namespace: string;
}

/** The release that an object says it is of. */
export function releaseIn({ metadata }: ClusterObject): ReleaseName | undefined {
  const { [RELEASE_NAME]: name, [RELEASE_NAMESPACE]: namespace } = metadata.annotations ?? {};
  return name === undefined || namespace === undefined ? undefined : { name, namespace };
}

export function isOfRelease(object: ClusterObject, release: ReleaseName): boolean {
  const said = releaseIn(object);
  return said?.name === release.name && said.namespace === release.namespace;
}

/** Objects of all kinds, metadata alone; what its owner wants kept when the release goes is left out. */
export async function listOwnedObjects(
  api: ClusterApi,
  release: ReleaseName,
  signal: AbortSignal,
): Promise<ClusterObject[]> {
  const { served } = await api.versions(signal);
  const found = await Promise.all(served.flatMap((entry) => listKind(api, entry, signal) ?? []));
  // A kind that is served in several versions is listed in each.
  const byKey = new Map(
    found
      .flat()
      .filter((object) => isOfRelease(object, release) && object.metadata.annotations?.[KEEP] !== 'keep')
      .map((object) => [keyOf(object), object]),
  );
  return [...byKey.values()];
}

/** PersistentVolumeClaims and definitions of kinds: with them would go what no release puts back. */
export async function ownedData(
  api: ClusterApi,
  release: ReleaseName,
  signal: AbortSignal,
): Promise<ClusterObject[]> {
  const lists = await Promise.all(
    ['v1/PersistentVolumeClaim', 'apiextensions.k8s.io/v1/CustomResourceDefinition'].map((entry) =>
      listKind(api, entry, signal),
    ),
  );
  return lists.flatMap((list) => (list ?? []).filter((object) => isOfRelease(object, release)));
}

function listKind(
  api: ClusterApi,
  served: string,
  signal: AbortSignal,
): Promise<ClusterObject[]> | undefined {
  const kind = /\/([A-Z]\w*)$/.exec(served)?.[1];
  if (kind === undefined) return undefined;
  const apiVersion = served.slice(0, -kind.length - 1);
  const query = { apiVersion, kind, labelSelector: 'app.kubernetes.io/managed-by=Helm', metadataOnly: true };
  return api.list(query, signal).catch((error: unknown) => {
    // Some kinds can only be asked questions, and are kept nowhere.
    if ([403, 404, 405].includes(apiStatusOf(error)?.status ?? 0)) return [];
    throw error;
  });
}

function keyOf({ apiVersion, kind, metadata }: ClusterObject): string {
  return `${apiVersion.replace(/\/?[^/]*$/, '')} ${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
}
