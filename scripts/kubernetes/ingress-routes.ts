// Pure: the addresses that an Ingress serves.
import type { ClusterObject } from './cluster-api.ts';
import { issuerOf } from './judge-ingress.ts';
import { specOf } from './object-shapes.ts';

export interface IngressRoute {
  readonly host: string;
  readonly path: string;
  /** Undefined: by plain HTTP. */
  readonly tls: { readonly issuer: string | undefined } | undefined;
}

interface IngressSpec {
  readonly rules: readonly {
    readonly host?: string;
    readonly http?: { readonly paths?: readonly { readonly path?: string }[] };
  }[];
  readonly tls: readonly { readonly hosts?: readonly string[] }[];
}

/** Rules without a host, or with a wildcard, are left out: no answer could be told from that of somebody else's rule. */
export function routesOf(object: ClusterObject): IngressRoute[] {
  if (object.kind !== 'Ingress') return [];
  const { rules = [], tls = [] } = specOf<IngressSpec>(object);
  const hostsWithTls = new Set(tls.flatMap(({ hosts = [] }) => hosts));
  return rules.flatMap(({ host, http }) =>
    host === undefined || host.includes('*')
      ? []
      : (http?.paths ?? []).map(({ path = '/' }) => ({
          ...{ host, path },
          tls: hostsWithTls.has(host) ? { issuer: issuerOf(object) } : undefined,
        })),
  );
}
