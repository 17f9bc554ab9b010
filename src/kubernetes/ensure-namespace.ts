// Makes a namespace that is ours.
import { Failure } from '../failure.ts';
import type { Task } from '../task.ts';
import type { ClusterApi } from './client/cluster-api.ts';
import {
  ENVIRONMENT_LABEL,
  foreignOwner,
  isOurs,
  ownershipLabels,
  sharedLabels,
  usersOf,
} from './ownership.ts';
import { waitForGone } from './wait-for-gone.ts';

/** How long a namespace that is on its way out may take before it is made again. */
const GONE_WITHIN_MS = 60_000;

export interface NamespaceRequest {
  readonly api: ClusterApi;
  readonly name: string;
  /** Name of the environment, for the label. */
  readonly environment: string;
  /** Whether one of another environment will do: then it is marked as used by this one, too. */
  readonly isShared?: boolean | undefined;
  /** Called right before it is made. */
  readonly intend?: (() => Promise<void>) | undefined;
}

/**
 * Resolves true if it had to be made. One that is being deleted is awaited and made again.
 * Rejects with Failure 'ownership' when a namespace of that name exists that Slipway did not make, or made for another
 * environment.
 */
export async function ensureNamespace(
  { api, name, environment, isShared = false, intend = async () => undefined }: NamespaceRequest,
  signal: AbortSignal,
  report: Task['report'] = () => undefined,
): Promise<boolean> {
  const reference = { apiVersion: 'v1', kind: 'Namespace', name };
  const found = await api.get(reference, signal);
  if (found !== undefined) {
    const foreign = foreignOwner(environment, found.metadata.labels);
    const { labels, deletionTimestamp } = found.metadata;
    const owner = isOurs(labels) ? labels?.[ENVIRONMENT_LABEL] : undefined;
    if (foreign !== undefined && isShared && owner !== undefined && deletionTimestamp === undefined) {
      const marked = sharedLabels(owner, [...usersOf(labels), environment]);
      const { apiVersion, kind } = reference;
      await intend();
      await api.apply({ apiVersion, kind, metadata: { name, labels: marked } }, { signal });
      return false;
    }
    if (foreign !== undefined) {
      throw new Failure('ownership', `namespace ${name} exists and ${foreign}`, {
        hint: `Choose another namespace in slipway.config.ts, or delete it: kubectl delete namespace ${name}`,
      });
    }
    if (found.metadata.deletionTimestamp === undefined) return false;
    await waitForGone({ api, references: [reference], deadlineMs: GONE_WITHIN_MS }, { signal, report });
  }
  await intend();
  const { apiVersion, kind } = reference;
  await api.apply({ apiVersion, kind, metadata: { name, labels: ownershipLabels(environment) } }, { signal });
  return true;
}
