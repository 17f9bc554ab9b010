// Reads releases out of the Secrets in which helm keeps them: one request instead of one program per namespace.

import { gunzipSync } from 'node:zlib';
import type { ClusterApi, ClusterObject, ListQuery } from '../kubernetes/client/cluster-api.ts';
import type { ReleaseStatus, StoredRelease } from './release-store.ts';

/** Labels that helm sets itself; all others are ours or the user's. https://helm.sh/docs/topics/kubernetes_apis */
const helmLabels = new Set(['owner', 'name', 'status', 'version', 'createdAt', 'modifiedAt']);
const statuses: readonly string[] = [
  'deployed',
  'failed',
  'pending-install',
  'pending-upgrade',
  'pending-rollback',
  'uninstalling',
  'superseded',
] satisfies ReleaseStatus[];
/** A Secret holds 1 MiB at most; this stops one that unpacks to absurd size. */
const LARGEST_RELEASE_BYTES = 64 * 1024 * 1024;

/** The latest revision of every release, and few others: it is never superseded, and most others are. */
export const latestRevisionQuery: ListQuery = {
  apiVersion: 'v1',
  kind: 'Secret',
  labelSelector: 'owner=helm,status!=superseded',
};

/** The latest revision of every release. One request. */
export async function listLatestReleases(api: ClusterApi, signal: AbortSignal): Promise<StoredRelease[]> {
  return readLatestReleases(await api.list(latestRevisionQuery, signal));
}

/** Every revision of one release; its labels say what is needed. */
export function revisionQuery(release: { readonly name: string; readonly namespace: string }): ListQuery {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    namespace: release.namespace,
    labelSelector: `owner=helm,name=${release.name}`,
    metadataOnly: true,
  };
}

/** The revisions that these Secrets hold, newest first; manifests are left out. Secrets of other kinds are ignored. */
export function readRevisions(secrets: readonly ClusterObject[]): StoredRelease[] {
  return secrets
    .flatMap((secret) => readRevision(secret) ?? [])
    .sort((left, right) => right.revision - left.revision);
}

/**
 * The latest revision of every release, with its manifest where the Secret came with its body. `declaredIn` gives what
 * verdicts need of the manifest, for those who have it at hand.
 */
export function readLatestReleases(
  secrets: readonly ClusterObject[],
  declaredIn?: (secret: ClusterObject, release: StoredRelease) => readonly ClusterObject[] | undefined,
): StoredRelease[] {
  const latest = new Map<string, { release: StoredRelease; secret: ClusterObject }>();
  for (const secret of secrets) {
    const release = readRevision(secret);
    if (release === undefined) continue;
    const key = `${release.namespace}/${release.name}`;
    if ((latest.get(key)?.release.revision ?? 0) < release.revision) latest.set(key, { release, secret });
  }
  return [...latest.values()].map(({ release, secret }) => {
    const stored = { ...release, ...decodeRelease(secret) };
    const declared = declaredIn?.(secret, stored);
    return declared === undefined ? stored : { ...stored, declared };
  });
}

/** Whether helm cannot read this Secret either; it came with its body. */
export function isDamaged(secret: ClusterObject): boolean {
  return readRevision(secret) !== undefined && decodeRelease(secret).unreadable !== undefined;
}

function readRevision({ metadata }: ClusterObject): StoredRelease | undefined {
  const { owner, name, status = '', version } = metadata.labels ?? {};
  const revision = Number(version);
  if (owner !== 'helm' || name === undefined || metadata.namespace === undefined) return undefined;
  if (!Number.isSafeInteger(revision) || revision < 1) return undefined;
  // Uninstalled with its history kept: gone.
  if (status === 'uninstalled') return undefined;
  const labels = Object.entries(metadata.labels ?? {}).filter(([label]) => !helmLabels.has(label));
  return {
    name,
    namespace: metadata.namespace,
    revision,
    status: statuses.includes(status) ? (status as ReleaseStatus) : 'unknown',
    labels: Object.fromEntries(labels),
  };
}

/** A release that cannot be read is still a release: somebody else's may be of another form, ours damaged. */
export function decodeRelease(
  secret: ClusterObject,
): Pick<StoredRelease, 'manifest' | 'hooks' | 'unreadable'> {
  const body = secret['data'] as Readonly<Record<string, unknown>> | undefined;
  // Without a body, metadata was all that was asked for. A whole Secret always has a type.
  if (body === undefined && secret['type'] === undefined) return {};
  const data = body?.['release'];
  if (typeof data !== 'string') return { unreadable: 'its Secret holds no release' };
  // base64 of the API around base64 of helm around gzip.
  const packed = Buffer.from(Buffer.from(data, 'base64').toString('latin1'), 'base64');
  let text: string;
  try {
    // Early versions of helm did not pack.
    const isPlain = packed[0] === 0x7b;
    text = (isPlain ? packed : gunzipSync(packed, { maxOutputLength: LARGEST_RELEASE_BYTES })).toString();
  } catch (error) {
    const isHuge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    return {
      unreadable: isHuge ? `it unpacks to more than ${LARGEST_RELEASE_BYTES} bytes` : 'its data is no gzip',
    };
  }
  try {
    const release = JSON.parse(text) as { manifest?: unknown; hooks?: unknown; info?: unknown };
    // helm leaves out what is empty.
    const { manifest = '', hooks, info = {} } = release;
    if (typeof manifest !== 'string') return { unreadable: 'it holds no manifest' };
    if (typeof info !== 'object' || info === null) return { unreadable: 'it holds no status' };
    const texts = (Array.isArray(hooks) ? hooks : [])
      .map((hook: { manifest?: unknown } | null) => hook?.manifest)
      .filter((hook) => typeof hook === 'string');
    return { manifest, ...(texts.length === 0 ? {} : { hooks: texts }) };
  } catch {
    return { unreadable: 'it holds no JSON' };
  }
}
