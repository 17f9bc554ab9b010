// Shows that the NGINX ingress controller does its work: the API accepts an Ingress and gives it to NGINX, and
// requests from this machine reach NGINX.

import { Failure } from '../../failure.ts';
import type { PortMapping } from '../../cluster/cluster-driver.ts';
import type { ClusterApi, ClusterObject } from '../../kubernetes/client/cluster-api.ts';
import type { Task } from '../../task.ts';
import type { AddonContext } from '../addon.ts';
import { getAnswer, type HttpAnswer } from '../http-answer.ts';
import { waitUntilProven } from '../wait-until-verified.ts';

export interface IngressNginxClaims {
  readonly namespace: string;
  readonly className: string;
  /** An Ingress that names no class must get this one. */
  readonly isDefaultClass: boolean;
  readonly nodePorts: { readonly http: number; readonly https: number };
  /** For each claim by itself. */
  readonly deadlineMs: number;
  /** Pause between two looks; that of waitUntilProven if absent. */
  readonly intervalMs?: number;
}

const probeHost = 'slipway-probe.invalid';
const answerTimeoutMs = 5000;

/** Nothing stays in the cluster. Rejects with Failure 'addon' and the last state seen. */
export async function proveIngressNginx(
  claims: IngressNginxClaims,
  { api, ports }: AddonContext,
  task: Task,
): Promise<void> {
  const { deadlineMs, intervalMs } = claims;
  const patience = { deadlineMs, ...(intervalMs === undefined ? {} : { intervalMs }) };
  task.report({ text: 'asking the API to accept an Ingress' });
  await waitUntilProven(
    {
      sentence: `an Ingress is accepted and gets the class '${claims.className}'`,
      observe: (signal) => observeAcceptance(claims, api, signal),
      ...patience,
      hint: `kubectl get ingressclass ${claims.className} -o yaml`,
    },
    task,
  );
  const hasCatchAll = await servesEveryHost(api, task.signal);
  for (const [scheme, nodePort] of Object.entries(claims.nodePorts)) {
    const origin = originOf(scheme, nodePort, ports);
    // Only http must be mapped; a cluster without https on this machine is a choice.
    if (origin === undefined && scheme === 'https') continue;
    if (origin === undefined) {
      throw new Failure('addon', `no port of this machine leads to port ${nodePort} of the node`, {
        hint: 'Ports are mapped when the cluster is created: kind/cluster.yaml, extraPortMappings.',
      });
    }
    task.report({ text: `asking ${origin}` });
    await waitUntilProven(
      {
        sentence: `NGINX answers on ${origin}`,
        observe: (signal) => observeTraffic(origin, hasCatchAll, signal),
        ...patience,
        hint: `kubectl -n ${claims.namespace} logs deployment/ingress-nginx-controller`,
      },
      task,
    );
  }
}

async function observeAcceptance(
  claims: IngressNginxClaims,
  api: ClusterApi,
  signal: AbortSignal,
): Promise<string | undefined> {
  const backend = { service: { name: 'slipway-probe', port: { number: 80 } } };
  const probe: ClusterObject = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'slipway-probe', namespace: claims.namespace },
    spec: {
      ...(claims.isDefaultClass ? {} : { ingressClassName: claims.className }),
      rules: [{ host: probeHost, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    },
  };
  let accepted: ClusterObject;
  try {
    accepted = await api.apply(probe, { dryRun: true, signal });
  } catch (error) {
    if (!(error instanceof Failure) || error.code === 'interrupted') throw error;
    throw new Failure('addon', `the API does not accept an Ingress: ${error.message}`, {
      cause: error,
      details: error.details,
      hint: error.hint,
    });
  }
  const { ingressClassName } = accepted['spec'] as { ingressClassName?: string };
  if (ingressClassName === claims.className) return undefined;
  return ingressClassName === undefined
    ? 'accepted, but it gets no class'
    : `it gets the class '${ingressClassName}'`;
}

/** An Ingress rule without host takes every request that no other rule takes, also that of the probe. */
async function servesEveryHost(api: ClusterApi, signal: AbortSignal): Promise<boolean> {
  const ingresses = await api.list({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' }, signal);
  return ingresses.some((ingress) => {
    const spec = ingress['spec'] as { defaultBackend?: unknown; rules?: { host?: string }[] } | undefined;
    return spec?.defaultBackend !== undefined || (spec?.rules ?? []).some((rule) => rule.host === undefined);
  });
}

function originOf(scheme: string, nodePort: number, ports: readonly PortMapping[]): string | undefined {
  const mapping = ports.find((port) => port.containerPort === nodePort);
  if (mapping === undefined) return undefined;
  const everywhere = ['', '0.0.0.0', '::'].includes(mapping.listenAddress);
  const address = everywhere ? '127.0.0.1' : mapping.listenAddress;
  return `${scheme}://${address.includes(':') ? `[${address}]` : address}:${mapping.hostPort}`;
}

// The default server's health page, then its 404 for a host that nobody serves: something else on that port would
// hardly give both, and a controller that has not loaded its configuration gives neither.
async function observeTraffic(
  origin: string,
  hasCatchAll: boolean,
  signal: AbortSignal,
): Promise<string | undefined> {
  const ask = (path: string): Promise<HttpAnswer> =>
    getAnswer({ url: `${origin}${path}`, host: probeHost, timeoutMs: answerTimeoutMs }, signal);
  try {
    const health = await ask('/healthz');
    if (health.status !== 200) return `/healthz answers ${describe(health)}`;
    if (hasCatchAll) return undefined;
    const unknown = await ask('/slipway-probe');
    const isNginx = unknown.status === 404 && unknown.body.includes('<center>nginx</center>');
    return isNginx
      ? undefined
      : `a host that nobody serves answers ${describe(unknown)} instead of NGINX's 404`;
  } catch (error) {
    if (signal.aborted) throw error;
    return withoutAnswer(error);
  }
}

// The engine's port proxy takes every connection and drops it again when nothing in the node listens. How that
// looks here changes from one time to the next.
function withoutAnswer(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'connections are closed without an answer';
  return message === '' ? String(code) : message;
}

function describe(answer: HttpAnswer): string {
  const text = answer.body.replace(/\s+/g, ' ').trim().slice(0, 80);
  return text === '' ? `${answer.status}` : `${answer.status} '${text}'`;
}
