// Waits until the Ingresses of a release are served. The API has them at once, the controller loads them later; that
// nothing in the API tells, so this machine asks as a person would. The same goes for their certificates.

import { getAnswer, type HttpAnswer } from '../addon/http-answer.ts';
import { waitUntilProven } from '../addon/wait-until-proven.ts';
import { judgeHostCertificate } from '../authority/judge-host-certificate.ts';
import type { PortMapping } from '../cluster/cluster-driver.ts';
import type { ClusterObject } from '../kubernetes/cluster-api.ts';
import { type IngressRoute, routesOf } from '../kubernetes/ingress-routes.ts';
import type { Task } from '../task.ts';

export interface RoutesRequest {
  readonly manifest: readonly ClusterObject[];
  readonly ports: readonly PortMapping[];
  /** For each route by itself. */
  readonly deadlineMs: number;
  /** PEM of the authority behind the issuer slipway-local; without it any signer but NGINX itself will do. */
  readonly authority?: string | undefined;
}

/** The ClusterIssuer of charts/cluster-issuers that signs with the user's own authority. */
export const LOCAL_ISSUER = 'slipway-local';

const HTTP_PORT = 80;
const HTTPS_PORT = 443;
const NOBODYS_HOST = 'slipway-probe.invalid';
const ANSWER_TIMEOUT_MS = 5_000;

/**
 * Hosts with TLS have to show a certificate of theirs, and to be redirected to by http.
 * Rejects with Failure 'addon' and the last answer after the deadline. Needs the node's ports 80 and 443 on this
 * machine; what cannot be asked is left out.
 */
export async function waitForRoutes(request: RoutesRequest, task: Task): Promise<void> {
  const http = originOf('http', HTTP_PORT, request.ports);
  const https = originOf('https', HTTPS_PORT, request.ports);
  for (const route of request.manifest.flatMap(routesOf)) {
    const place = `${route.host}${route.path}`;
    const prove = (
      sentence: string,
      observe: (signal: AbortSignal) => Promise<string | undefined>,
    ): Promise<void> =>
      waitUntilProven(
        {
          sentence,
          observe: (signal) => stateOrTrouble(observe, signal),
          deadlineMs: request.deadlineMs,
          hint: 'The log of the ingress controller says more.',
        },
        task,
      );
    if (route.tls && https) {
      const authority = route.tls.issuer === LOCAL_ISSUER ? request.authority : undefined;
      await prove(`${place} is served on ${https} with a certificate for ${route.host}`, (signal) =>
        observeRoute(https, route, signal, ({ certificate }) =>
          judgeHostCertificate({ certificate, host: route.host, authority, nowMs: Date.now() }),
        ),
      );
    }
    if (!http) continue;
    await (route.tls
      ? prove(`${place} on ${http} redirects to https`, (signal) =>
          observeRedirect(http, https, route, signal),
        )
      : prove(`${place} is served on ${http}`, (signal) => observeRoute(http, route, signal)));
  }
}

function originOf(scheme: string, nodePort: number, ports: readonly PortMapping[]): string | undefined {
  const mapping = ports.find((port) => port.containerPort === nodePort);
  if (mapping === undefined) return undefined;
  const address = mapping.listenAddress === '127.0.0.1' ? mapping.listenAddress : 'localhost';
  return `${scheme}://${address}:${mapping.hostPort}`;
}

// No answer is a state as any other: the controller may be loading.
async function stateOrTrouble(
  observe: (signal: AbortSignal) => Promise<string | undefined>,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return await observe(signal);
  } catch (error) {
    if (signal.aborted) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    return message === '' ? String(code) : message;
  }
}

function ask(origin: string, host: string, path: string, signal: AbortSignal): Promise<HttpAnswer> {
  return getAnswer({ url: `${origin}${path}`, host, timeoutMs: ANSWER_TIMEOUT_MS }, signal);
}

// A route is there when its host is answered in another way than a host that nobody serves.
async function observeRoute(
  origin: string,
  { host, path }: IngressRoute,
  signal: AbortSignal,
  judge: (answer: HttpAnswer) => string | undefined = () => undefined,
): Promise<string | undefined> {
  const [answer, nobodys] = await Promise.all([
    ask(origin, host, path, signal),
    ask(origin, NOBODYS_HOST, path, signal),
  ]);
  const wrong = judge(answer);
  if (wrong !== undefined) return wrong;
  if (answer.status >= 502 && answer.status <= 504) return `it answers ${answer.status}`;
  const isUnknown = answer.status === nobodys.status && answer.body === nobodys.body;
  return isUnknown ? `it answers ${answer.status}, as for a host that nobody serves` : undefined;
}

async function observeRedirect(
  http: string,
  https: string | undefined,
  { host, path }: IngressRoute,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { status, headers } = await ask(http, host, path, signal);
  const { location } = headers;
  if (status < 300 || status > 399 || typeof location !== 'string')
    return `it answers ${status}, without a redirect`;
  const target = URL.canParse(location) ? new URL(location) : undefined;
  // Without a known port any will do: the cluster was not made by us, and who knows how it is reached.
  const port = https === undefined ? target?.port : new URL(https).port;
  const isRight = target?.protocol === 'https:' && target.hostname === host && target.port === port;
  return isRight ? undefined : `it redirects to ${location}`;
}
