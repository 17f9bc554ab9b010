// Pure: whether a PersistentVolumeClaim of a release has its volume.
import type { ClusterObject } from './cluster-api.ts';
import { blockedBy, eventsOf, FINE, type Findings, waitingFor } from './findings.ts';
import { specOf, statusOf, timeOf } from './object-shapes.ts';
import { lastEvent, type Patience } from './pod-trouble.ts';
import type { ReleaseObjects } from './release-objects.ts';

interface ClaimUser {
  readonly volumes: readonly { readonly persistentVolumeClaim?: { readonly claimName?: string } }[];
}

/** Ready when it is bound, or when it binds only once a pod uses it and none does. */
export function judgeClaim(
  claim: ClusterObject,
  label: string,
  { live, nowMs }: ReleaseObjects,
  patience: Patience,
): Findings {
  const { phase } = statusOf<{ phase: string }>(claim);
  if (phase === 'Bound') return FINE;
  const { name, namespace } = claim.metadata;
  const lost = { workload: label, reason: 'ClaimLost', message: 'its volume is gone' } as const;
  if (phase === 'Lost') return blockedBy(lost);
  const failed = lastEvent(eventsOf(claim, live), ['ProvisioningFailed']);
  const ageMs = nowMs - (timeOf(claim.metadata.creationTimestamp) ?? nowMs);
  if (failed !== undefined && ageMs >= patience.mountMs) {
    const culprit = { workload: label, reason: 'ProvisioningFailed', message: failed.message ?? '' } as const;
    return blockedBy(culprit);
  }
  if (waitsForConsumer(claim, live)) {
    const isUsed = live.some(
      (pod) =>
        pod.kind === 'Pod' &&
        pod.metadata.namespace === namespace &&
        (specOf<ClaimUser>(pod).volumes ?? []).some(
          (volume) => volume.persistentVolumeClaim?.claimName === name,
        ),
    );
    // It binds when a pod wants it, and not before: waiting for that would be waiting for ever.
    if (!isUsed) return FINE;
  }
  return waitingFor(`${label}: not bound yet`);
}

function waitsForConsumer(claim: ClusterObject, live: readonly ClusterObject[]): boolean {
  const { storageClassName } = specOf<{ storageClassName: string }>(claim);
  const isDefault = (item: ClusterObject): boolean =>
    item.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true';
  const found = live.find(
    (item) =>
      item.kind === 'StorageClass' &&
      (storageClassName === undefined ? isDefault(item) : item.metadata.name === storageClassName),
  );
  return found?.['volumeBindingMode'] === 'WaitForFirstConsumer';
}
