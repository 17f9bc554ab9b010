// Pure: objects of a manifest that are meant to go away by themselves.

import type { ClusterObject } from '../client/cluster-api.ts';
import { specOf } from '../object-shapes.ts';

/** Questions to the API server and passing notes: nothing keeps them, or not for long. */
const PASSING_KINDS = new Set([
  'Binding',
  'CertificateRequest',
  'CertificateSigningRequest',
  'Challenge',
  'Event',
  'Eviction',
  'LocalSubjectAccessReview',
  'Order',
  'SelfSubjectAccessReview',
  'SelfSubjectReview',
  'SelfSubjectRulesReview',
  'SubjectAccessReview',
  'TokenRequest',
  'TokenReview',
]);

interface PassingSpec {
  readonly ttlSecondsAfterFinished: number;
  readonly restartPolicy: string;
}

/**
 * Whether it is no fault when the cluster does not have it (any more): what has done its work and may be taken away,
 * and what goes with its owner.
 */
export function isPassing(object: ClusterObject): boolean {
  const { kind, metadata } = object;
  const { ttlSecondsAfterFinished, restartPolicy = 'Always' } = specOf<PassingSpec>(object);
  if (PASSING_KINDS.has(kind) || typeof ttlSecondsAfterFinished === 'number') return true;
  if (kind === 'Pod' && restartPolicy !== 'Always') return true;
  if (kind === 'Secret' && object['type'] === 'bootstrap.kubernetes.io/token') return true;
  return (metadata.ownerReferences ?? []).length > 0;
}
