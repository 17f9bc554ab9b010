// Pure: whether a Service of a release leads anywhere.
import type { ClusterObject } from '../client/cluster-api.ts';
import { FINE, type Findings, waitingFor } from './findings.ts';
import { hasLabels, specOf, type WorkloadSpec } from '../object-shapes.ts';
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
  if (!isServedHere(service, declared)) return FINE;
  const slices = live.filter(
    (slice) =>
      slice.kind === 'EndpointSlice' &&
      slice.metadata.namespace === namespace &&
      slice.metadata.labels?.['kubernetes.io/service-name'] === name,
  );
  return takesTraffic(slices) ? FINE : waitingFor(`${label}: no endpoint takes traffic`);
}

/** Whether one of the endpoints does. */
export function takesTraffic(slices: readonly ClusterObject[]): boolean {
  return slices
    .flatMap((slice) => (slice['endpoints'] ?? []) as Endpoint[])
    .some(({ addresses, conditions }) => (addresses?.length ?? 0) > 0 && conditions?.ready !== false);
}

/** Whether the release itself brings pods for it. One for workloads of another release, or of none yet, may be empty. */
function isServedHere(service: ClusterObject, declared: readonly ClusterObject[]): boolean {
  const { selector = {} } = specOf<ServiceSpec>(service);
  if (Object.keys(selector).length === 0) return false;
  return declared.some(({ kind, metadata, ...fields }) => {
    const { replicas = 1, template } = (fields['spec'] ?? {}) as WorkloadSpec;
    const labels = kind === 'Pod' ? metadata.labels : template?.metadata?.labels;
    return (
      kind !== 'Job' &&
      replicas > 0 &&
      metadata.namespace === service.metadata.namespace &&
      labels !== undefined &&
      hasLabels(labels, selector)
    );
  });
}
