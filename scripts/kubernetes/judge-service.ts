// Pure: whether a Service of a release leads anywhere.
import type { ClusterObject } from './cluster-api.ts';
import { FINE, type Findings, waitingFor } from './findings.ts';
import { hasLabels, specOf, type WorkloadSpec } from './object-shapes.ts';
import type { ReleaseObjects } from './release-objects.ts';

interface ServiceSpec {
  readonly type: string;
  readonly selector: Readonly<Record<string, string>>;
}

interface Endpoint {
  readonly addresses?: readonly string[];
  readonly conditions?: { readonly ready?: boolean | null };
}

/** Ready when an endpoint takes traffic; services that no workload of this release serves are fine. */
export function judgeService(
  service: ClusterObject,
  label: string,
  { declared, live }: ReleaseObjects,
): Findings {
  const { type, selector = {} } = specOf<ServiceSpec>(service);
  if (type === 'ExternalName' || Object.keys(selector).length === 0) return FINE;
  const { name, namespace } = service.metadata;
  // A service for workloads of another release, or of none yet, is not held against this one.
  const isServed = declared.some(({ kind, metadata, ...fields }) => {
    const { replicas = 1, template } = (fields['spec'] ?? {}) as WorkloadSpec;
    const labels = kind === 'Pod' ? metadata.labels : template?.metadata?.labels;
    return (
      kind !== 'Job' &&
      replicas > 0 &&
      metadata.namespace === namespace &&
      hasLabels(labels, selector) &&
      labels
    );
  });
  if (!isServed) return FINE;
  const isPopulated = live
    .filter(
      (slice) =>
        slice.kind === 'EndpointSlice' &&
        slice.metadata.namespace === namespace &&
        slice.metadata.labels?.['kubernetes.io/service-name'] === name,
    )
    .flatMap((slice) => (slice['endpoints'] ?? []) as Endpoint[])
    .some(({ addresses, conditions }) => (addresses?.length ?? 0) > 0 && conditions?.ready !== false);
  return isPopulated ? FINE : waitingFor(`${label}: no endpoint takes traffic`);
}
