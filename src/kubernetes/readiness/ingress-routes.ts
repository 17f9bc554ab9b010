// Pure: the addresses that an Ingress serves, and what of them can be asked from outside.
import type { ClusterObject } from '../client/cluster-api.ts';
import { issuerOf } from './judge-ingress.ts';
import { specOf } from '../object-shapes.ts';

export interface IngressRoute {
  readonly host: string;
  /** As the Ingress has it; it may be a regular expression. */
  readonly path: string;
  /** One that the path fits; undefined: no answer says anything, as of a gRPC service or of a canary. */
  readonly ask: string | undefined;
  /** Undefined: by plain HTTP. */
  readonly tls: RouteTls | undefined;
  /** Whether plain HTTP has to be sent to HTTPS. */
  readonly redirects: boolean;
  /** The Service that it leads to. */
  readonly service: string | undefined;
}

export interface RouteTls {
  readonly issuer: string | undefined;
  /** Undefined: the controller shows whatever certificate it has. */
  readonly secretName: string | undefined;
}

interface IngressPath {
  readonly path?: string;
  readonly backend?: { readonly service?: { readonly name?: string } };
}

interface IngressSpec {
  readonly rules: readonly {
    readonly host?: string;
    readonly http?: { readonly paths?: readonly IngressPath[] };
  }[];
  readonly tls: readonly { readonly hosts?: readonly string[]; readonly secretName?: string }[];
}

const NGINX = 'nginx.ingress.kubernetes.io/';
// https://pkg.go.dev/strconv#ParseBool
const FALSE = ['0', 'f', 'F', 'false', 'False', 'FALSE'];
const TRUE = ['1', 't', 'T', 'true', 'True', 'TRUE'];

/**
 * Rules without a host, or with a wildcard, are left out: no answer could be told from that of somebody else's rule.
 */
export function routesOf(object: ClusterObject): IngressRoute[] {
  if (object.kind !== 'Ingress') return [];
  const annotation = (name: string): string => object.metadata.annotations?.[`${NGINX}${name}`] ?? '';
  const { rules = [], tls = [] } = specOf<IngressSpec>(object);
  const issuer = issuerOf(object);
  const protocol = annotation('backend-protocol').toUpperCase();
  const isPassedThrough = TRUE.includes(annotation('ssl-passthrough'));
  const isAskable =
    ['', 'HTTP', 'HTTPS', 'AUTO_HTTP'].includes(protocol) && !TRUE.includes(annotation('canary'));
  const leadsElsewhere = annotation('permanent-redirect') !== '' || annotation('temporal-redirect') !== '';
  return rules.flatMap(({ host, http }) => {
    if (host === undefined || host === '' || host.includes('*')) return [];
    const secured = tls.find(({ hosts = [] }) => hosts.includes(host));
    const isCertain = issuer !== undefined || TRUE.includes(annotation('ssl-redirect'));
    return (http?.paths ?? []).map(({ path = '/', backend }) => ({
      ...{ host, path },
      ask: isAskable ? fittingPath(path) : undefined,
      tls: secured && { issuer, secretName: isPassedThrough ? undefined : secured.secretName },
      redirects:
        secured?.secretName !== undefined &&
        isCertain &&
        !FALSE.includes(annotation('ssl-redirect')) &&
        !isPassedThrough &&
        !leadsElsewhere,
      service: backend?.service?.name,
    }));
  });
}

const REGEX = /[\\^$*+?()|{}[\]]/;
/** What is tried behind the plain beginning of an expression: the likeliest first. */
const ENDS = ['', '/', 'x', '1', '/x', '/1', 'x/', 'index.html', 'x.html', 'x/x'];

/** The path itself where it is plain, else one that the expression fits; undefined where none is found. */
function fittingPath(path: string): string | undefined {
  const first = path.search(REGEX);
  if (first < 0) return path;
  // What is optional or repeated is not part of the plain beginning.
  const plain = path.slice(0, '?*{'.includes(path[first]!) ? first - 1 : first);
  try {
    // NGINX matches such paths from their beginning, in any case of letters.
    const expression = new RegExp(`^(?:${path})`, 'i');
    return [plain, ...ENDS.map((end) => `${plain}${end}`)].find(
      (candidate) => candidate.startsWith('/') && expression.test(candidate),
    );
  } catch {
    return undefined; // an expression that only NGINX knows
  }
}
