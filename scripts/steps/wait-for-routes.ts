// Waits until the Ingresses of a release are served. The API has them at once, the controller loads them later; that
// nothing in the API tells, so this machine asks as a person would.

import { getAnswer, type HttpAnswer } from '../addon/http-answer.ts';
import { waitUntilProven } from '../addon/wait-until-proven.ts';
import type { PortMapping } from '../cluster/cluster-driver.ts';
import type { ClusterObject } from '../kubernetes/cluster-api.ts';
import type { Task } from '../task.ts';

export interface RoutesRequest {
  readonly manifest: readonly ClusterObject[];
  readonly ports: readonly PortMapping[];
  /** For each route by itself. */
  readonly deadlineMs: number;
}

interface Route {
  readonly host: string;
  readonly path: string;
}

const HTTP_PORT = 80;
const NOBODYS_HOST = 'slipway-probe.invalid';
const ANSWER_TIMEOUT_MS = 5_000;

/** Rejects with Failure 'addon' and the last answer after the deadline. Needs the node's port 80 on this machine. */
export async function waitForRoutes(request: RoutesRequest, task: Task): Promise<void> {
  const mapping = request.ports.find((port) => port.containerPort === HTTP_PORT);
  if (mapping === undefined) return;
  const address = mapping.listenAddress === '127.0.0.1' ? mapping.listenAddress : 'localhost';
  const origin = `http://${address}:${mapping.hostPort}`;
  for (const route of request.manifest.flatMap(routesOf)) {
    await waitUntilProven(
      {
        sentence: `${route.host}${route.path} is served on ${origin}`,
        observe: (signal) => observeRoute(origin, route, signal),
        deadlineMs: request.deadlineMs,
        hint: 'The log of the ingress controller says more.',
      },
      task,
    );
  }
}

/** Rules without a host, or with a wildcard, are left out: no answer could be told from that of somebody else's rule. */
function routesOf({ kind, ...object }: ClusterObject): Route[] {
  if (kind !== 'Ingress') return [];
  const spec = object['spec'] as
    { rules?: { host?: string; http?: { paths?: { path?: string }[] } }[] } | undefined;
  return (spec?.rules ?? []).flatMap(({ host, http }) =>
    host === undefined || host.includes('*')
      ? []
      : (http?.paths ?? []).map(({ path = '/' }) => ({ host, path })),
  );
}

// A route is there when its host is answered in another way than a host that nobody serves.
async function observeRoute(
  origin: string,
  { host, path }: Route,
  signal: AbortSignal,
): Promise<string | undefined> {
  const ask = (name: string): Promise<HttpAnswer> =>
    getAnswer({ url: `${origin}${path}`, host: name, timeoutMs: ANSWER_TIMEOUT_MS }, signal);
  try {
    const [answer, nobodys] = await Promise.all([ask(host), ask(NOBODYS_HOST)]);
    if (answer.status >= 502 && answer.status <= 504) return `it answers ${answer.status}`;
    const isUnknown = answer.status === nobodys.status && answer.body === nobodys.body;
    return isUnknown ? `it answers ${answer.status}, as for a host that nobody serves` : undefined;
  } catch (error) {
    if (signal.aborted) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    return message === '' ? String(code) : message;
  }
}
