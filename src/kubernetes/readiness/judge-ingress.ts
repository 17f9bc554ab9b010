// Pure: whether the certificates are there that an Ingress asks cert-manager for.
import type { ClusterObject } from '../client/cluster-api.ts';
import { FINE, type Findings, unmetCondition, waitingFor } from './findings.ts';
import { specOf } from '../object-shapes.ts';
import type { ReleaseObjects } from './release-objects.ts';

const ISSUER_ANNOTATIONS = ['cert-manager.io/cluster-issuer', 'cert-manager.io/issuer'];

interface IngressSpec {
  readonly tls: readonly { readonly secretName?: string }[];
}

/** The issuer that an Ingress names; undefined when its certificates come from elsewhere. */
export function issuerOf({ metadata }: ClusterObject): string | undefined {
  return ISSUER_ANNOTATIONS.map((key) => metadata.annotations?.[key]).find((name) => name !== undefined);
}

/** Ready when each Certificate that cert-manager makes for it (by the name of its Secret) is. */
export function judgeIngress(ingress: ClusterObject, label: string, { live }: ReleaseObjects): Findings {
  if (issuerOf(ingress) === undefined) return FINE;
  const waiting = (specOf<IngressSpec>(ingress).tls ?? []).flatMap(({ secretName }) => {
    const certificate = live.find(
      ({ kind, metadata }) =>
        kind === 'Certificate' &&
        metadata.name === secretName &&
        metadata.namespace === ingress.metadata.namespace,
    );
    const reason = certificate === undefined ? 'not there yet' : unmetCondition(certificate, 'Ready');
    if (secretName === undefined || reason === undefined) return [];
    return [`${label}: certificate ${secretName}: ${reason}`];
  });
  return waiting.length === 0 ? FINE : waitingFor(waiting.join('; '));
}
