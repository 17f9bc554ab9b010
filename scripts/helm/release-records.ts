// Pure: helm's releases, read from the metadata of the Secrets in which helm keeps them. The labels say it all,
// so neither helm nor the (large) contents are needed.
import type { ClusterObject } from '../kubernetes/cluster-api.ts';
import type { ReleaseStatus, StoredRelease } from './release-store.ts';

// https://helm.sh/docs/topics/kubernetes_apis: labels that helm itself sets on the Secret of a revision.
const HELMS_OWN = new Set(['name', 'owner', 'status', 'version', 'createdAt', 'modifiedAt']);

const STATUSES: readonly ReleaseStatus[] = [
  'deployed',
  'failed',
  'pending-install',
  'pending-upgrade',
  'pending-rollback',
  'uninstalling',
  'superseded',
];

/** Every revision that the Secrets hold. One that was uninstalled with its history kept counts as gone. */
export function readRevisions(secrets: readonly ClusterObject[]): StoredRelease[] {
  return secrets.flatMap(({ metadata }) => {
    const { labels = {}, namespace = 'default' } = metadata;
    const { name, owner, status, version } = labels;
    const revision = Number(version);
    if (owner !== 'helm' || name === undefined || !Number.isInteger(revision) || status === 'uninstalled')
      return [];
    const ours = Object.fromEntries(Object.entries(labels).filter(([key]) => !HELMS_OWN.has(key)));
    const known = STATUSES.find((candidate) => candidate === status) ?? 'unknown';
    return [{ name, namespace, revision, status: known, labels: ours }];
  });
}

/** The newest revision of each release, by namespace and name. */
export function latestRevisions(revisions: readonly StoredRelease[]): StoredRelease[] {
  const latest = new Map<string, StoredRelease>();
  for (const revision of revisions) {
    const key = `${revision.namespace}/${revision.name}`;
    if (revision.revision > (latest.get(key)?.revision ?? 0)) latest.set(key, revision);
  }
  return [...latest.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, release]) => release);
}
