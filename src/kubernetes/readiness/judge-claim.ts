// Pure: whether a PersistentVolumeClaim of a release has its volume.
import type { ClusterObject } from '../client/cluster-api.ts';
import { blockedBy, eventsOf, FINE, type Findings, inSentence, waitingFor } from './findings.ts';
import { specOf, statusOf } from '../object-shapes.ts';
import { lastEvent } from './pod-trouble.ts';
import type { ReleaseObjects } from './release-objects.ts';

interface ClaimUser {
  readonly volumes: readonly { readonly persistentVolumeClaim?: { readonly claimName?: string } }[];
}

/** Ready when it is bound, or when it binds only once a pod uses it and none does. */
export function judgeClaim(claim: ClusterObject, label: string, { live }: ReleaseObjects): Findings {
  const { phase } = statusOf<{ phase: string }>(claim);
  if (phase === 'Bound') return FINE;
  const { name, namespace } = claim.metadata;
  const lost = { workload: label, reason: 'ClaimLost', message: 'its volume is gone' } as const;
  if (phase === 'Lost') return blockedBy(lost);
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
  const message = lastEvent(eventsOf(claim, live), ['ProvisioningFailed'])?.message;
  if (message === undefined) return waitingFor(`${label}: not bound yet`);
  // Its provisioner tries again, and its storage class may come.
  const trouble = { workload: label, namespace, reason: 'ProvisioningFailed', message } as const;
  return waitingFor(`${label}: not bound yet (${inSentence(message)})`, true, trouble);
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
