// Waits until the Ingresses of a release are served. The API has them at once, the controller loads them later, so this
// machine asks as a person would, where an answer tells anything: paths may be expressions, applications answer 404 and
// 503 by themselves, certificates may come later. For the rest the object itself says that the controller has taken it.

import { X509Certificate } from 'node:crypto';
import { getAnswer, type HttpAnswer } from '../addons/http-answer.ts';
import { waitUntilProven } from '../addons/wait-until-verified.ts';
import { judgeHostCertificate } from '../certificates/judge-host-certificate.ts';
import type { PortMapping } from '../cluster/cluster-driver.ts';
import type { ClusterApi, ClusterObject } from '../kubernetes/client/cluster-api.ts';
import { type IngressRoute, routesOf } from '../kubernetes/readiness/ingress-routes.ts';
import { takesTraffic } from '../kubernetes/readiness/judge-service.ts';
import { specOf, statusOf } from '../kubernetes/object-shapes.ts';
import type { Task } from '../task.ts';

export interface RoutesRequest {
  readonly api: Pick<ClusterApi, 'get' | 'list'>;
  readonly manifest: readonly ClusterObject[];
  readonly ports: readonly PortMapping[];
  /** For each route by itself. */
  readonly deadlineMs: number;
  /** PEM of the authority behind the issuer slipway-local; without it any signer but NGINX itself will do. */
  readonly authority?: string | undefined;
  /** Told of Ingresses that nobody serves. */
  readonly note: (text: string) => void;
  /** After this time an answer that tells nothing is left to what the object says. Default 10 s. */
  readonly settledAfterMs?: number;
}

/** The ClusterIssuer of charts/cluster-issuers that signs with the user's own authority. */
export const LOCAL_ISSUER = 'slipway-local';

const CONTROLLER = 'k8s.io/ingress-nginx';
const HTTP_PORT = 80;
const HTTPS_PORT = 443;
const NOBODYS_HOST = 'slipway-probe.invalid';
const ANSWER_TIMEOUT_MS = 5_000;
/** The controller reloads within a second or two. */
const SETTLED_AFTER_MS = 10_000;

interface Ways {
  readonly http: string | undefined;
  readonly https: string | undefined;
}

/**
 * Rejects with Failure 'addon' and the last answer after the deadline. Needs the node's ports 80 and 443 on this
 * machine; what cannot be asked is left out, and so are Ingresses of other controllers than ingress-nginx.
 */
export async function waitForRoutes(request: RoutesRequest, task: Task): Promise<void> {
  const { api, manifest, note } = request;
  const ways: Ways = {
    http: originOf('http', HTTP_PORT, request.ports),
    https: originOf('https', HTTPS_PORT, request.ports),
  };
  if (ways.http === undefined && ways.https === undefined) return;
  for (const declared of manifest.filter(({ kind }) => kind === 'Ingress')) {
    const live = await api.get(referenceOf(declared), task.signal);
    const served = live && (await isServedByNginx(api, live, note, task.signal));
    if (!served) continue;
    for (const route of routesOf(live)) await waitForRoute(request, live, route, ways, task);
  }
}

async function waitForRoute(
  request: RoutesRequest,
  ingress: ClusterObject,
  route: IngressRoute,
  { http, https }: Ways,
  task: Task,
): Promise<void> {
  const place = `${route.host}${route.path}`;
  const settledAt = performance.now() + (request.settledAfterMs ?? SETTLED_AFTER_MS);
  const verify = (
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
  // What is told by nobody's answer is told by the object, when the controller has had its time.
  const orTaken = async (trouble: string | undefined, signal: AbortSignal): Promise<string | undefined> => {
    const isTold = trouble !== undefined && !trouble.includes(AS_NOBODY);
    if (trouble === undefined || isTold || performance.now() < settledAt) return trouble;
    return (await isTaken(request.api, ingress, signal)) ? undefined : trouble;
  };
  // A Service that nobody stands behind is answered for as it should be.
  const hasPods = async (signal: AbortSignal): Promise<boolean> => {
    const { namespace } = ingress.metadata;
    const labelSelector = `kubernetes.io/service-name=${route.service}`;
    const query = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', namespace, labelSelector };
    return route.service !== undefined && takesTraffic(await request.api.list(query, signal));
  };
  if (route.ask === undefined) {
    return verify(`the controller has taken ${place}`, async (signal) =>
      (await isTaken(request.api, ingress, signal)) ? undefined : 'its status names no load balancer',
    );
  }
  if (route.tls && https) {
    const judge = await certificateJudge(request, ingress, route, task.signal);
    const claim = judge ? ` with a certificate for ${route.host}` : '';
    await verify(`${place} is served on ${https}${claim}`, async (signal) =>
      orTaken(await observeRoute(https, route, hasPods, judge ?? ANY_CERTIFICATE, signal), signal),
    );
  }
  if (!http) return;
  await (route.redirects
    ? verify(`${place} on ${http} redirects to https`, (signal) =>
        observeRedirect(http, https, route, signal),
      )
    : verify(`${place} is served on ${http}`, async (signal) =>
        orTaken(await observeRoute(http, route, hasPods, ANY_CERTIFICATE, signal), signal),
      ));
}

function referenceOf({ apiVersion, kind, metadata: { name, namespace } }: ClusterObject) {
  return { apiVersion, kind, name, namespace };
}

/** By its class: Ingresses of other controllers, and of none, are not reached through the ports that are asked. */
async function isServedByNginx(
  api: Pick<ClusterApi, 'get'>,
  ingress: ClusterObject,
  note: (text: string) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const { name: ingressName, annotations } = ingress.metadata;
  const name =
    specOf<{ ingressClassName: string }>(ingress).ingressClassName ??
    annotations?.['kubernetes.io/ingress.class'];
  if (name === undefined) return false;
  const found = await api.get({ apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', name }, signal);
  if (found === undefined)
    note(
      `ingress ${ingressName} names the class '${name}', which this cluster does not have: nobody serves it`,
    );
  return found !== undefined && specOf<{ controller: string }>(found).controller === CONTROLLER;
}

/** Whether a controller has written its address into the object. */
async function isTaken(
  api: Pick<ClusterApi, 'get'>,
  ingress: ClusterObject,
  signal: AbortSignal,
): Promise<boolean> {
  const live = await api.get(referenceOf(ingress), signal);
  const { loadBalancer } = live ? statusOf<{ loadBalancer: { ingress?: object[] } }>(live) : {};
  return (loadBalancer?.ingress?.length ?? 0) > 0;
}

type Judge = (answer: HttpAnswer) => string | undefined;

const ANY_CERTIFICATE: Judge = () => undefined;

/**
 * What the certificate has to be. One that cert-manager makes is waited for; one of somebody's Secret only where the
 * Secret is there and fits the host: else the controller shows its own, and serves all the same.
 */
async function certificateJudge(
  { api, authority }: RoutesRequest,
  { metadata: { namespace } }: ClusterObject,
  { host, tls }: IngressRoute,
  signal: AbortSignal,
): Promise<Judge | undefined> {
  if (tls?.secretName === undefined) return undefined;
  const signer = tls.issuer === LOCAL_ISSUER ? authority : undefined;
  const judge: Judge = ({ certificate }) =>
    judgeHostCertificate({ certificate, host, authority: signer, nowMs: Date.now() });
  if (tls.issuer !== undefined) return judge;
  const reference = { apiVersion: 'v1', kind: 'Secret', name: tls.secretName, namespace };
  const pem = ((await api.get(reference, signal))?.['data'] as Record<string, string> | undefined)?.[
    'tls.crt'
  ];
  if (pem === undefined) return undefined;
  try {
    const certificate = new X509Certificate(Buffer.from(pem, 'base64'));
    const problem = judgeHostCertificate({ certificate, host, authority: undefined, nowMs: Date.now() });
    return problem === undefined ? judge : undefined;
  } catch {
    return undefined; // not a certificate
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
  const url = `${origin}${encodeURI(path).replaceAll('#', '%23').replaceAll('?', '%3F')}`;
  return getAnswer({ url, host, timeoutMs: ANSWER_TIMEOUT_MS }, signal);
}

const AS_NOBODY = 'as for a host that nobody serves';
/** What the controller itself says where no pod takes the request; an application says it in its own words. */
const NGINX_PAGE = /<center>nginx<\/center>/;

// A route is there when its host is answered in another way than a host that nobody serves.
async function observeRoute(
  origin: string,
  { host, ask: path = '/' }: IngressRoute,
  hasPods: (signal: AbortSignal) => Promise<boolean>,
  judge: Judge,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [answer, nobodys] = await Promise.all([
    ask(origin, host, path, signal),
    ask(origin, NOBODYS_HOST, path, signal),
  ]);
  const { status, body } = answer;
  const wrong = judge(answer);
  if (wrong !== undefined) return wrong;
  const isWithoutPods = status >= 502 && status <= 504 && NGINX_PAGE.test(body);
  if (isWithoutPods && (await hasPods(signal))) return `it answers ${status}`;
  const isUnknown = status === nobodys.status && body === nobodys.body;
  return isUnknown ? `it answers ${status}, ${AS_NOBODY}` : undefined;
}

async function observeRedirect(
  http: string,
  https: string | undefined,
  { host, ask: path = '/' }: IngressRoute,
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
