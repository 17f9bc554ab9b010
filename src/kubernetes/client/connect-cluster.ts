// From a kubeconfig file to a ClusterApi.
import { readFile } from 'node:fs/promises';
import { Agent, type RequestOptions } from 'node:https';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { Failure } from '../../failure.ts';
import type { ApiConnection } from './api-connection.ts';
import type { ClusterApi } from './cluster-api.ts';
import { type PlainCredentials, readKindKubeconfig, readPlainKubeconfig } from './plain-kubeconfig.ts';
import { RestClusterApi } from './rest-cluster-api.ts';

export interface ConnectOptions {
  /** Absolute path; its current context is used. */
  readonly kubeconfigFile: string;
  /** Deadline of one request, its repeats included. Default 10 s. */
  readonly requestTimeoutMs?: number;
  /** How many requests are sent at once, each over a connection of its own. Default 16. */
  readonly requestsAtOnce?: number;
}

/**
 * Connects to the cluster of a kubeconfig. Nothing is sent yet.
 * Rejects with Failure 'cluster' when the file cannot be used.
 */
export async function connectCluster({
  kubeconfigFile,
  requestTimeoutMs,
  requestsAtOnce,
}: ConnectOptions): Promise<ClusterApi> {
  const connection = await openConnection(kubeconfigFile, requestsAtOnce);
  return new RestClusterApi({ connection, ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }) });
}

/** The connection alone, for what is more than requests and answers. Rejects as connectCluster does. */
export async function openConnection(
  kubeconfigFile: string,
  requestsAtOnce?: number,
): Promise<ApiConnection> {
  try {
    const plain = await readCredentials(await readFile(kubeconfigFile, 'utf8'));
    if (plain !== undefined) return plainConnection(plain, requestsAtOnce);
  } catch (cause) {
    throw new Failure('cluster', `cannot read the kubeconfig ${kubeconfigFile}`, {
      cause,
      hint: `Run \`slipway up\`: it makes the cluster and writes ${kubeconfigFile}.`,
    });
  }
  return (await import('./client-node-connection.ts')).connectWithClientNode(kubeconfigFile);
}

/** The credentials in the text of a kubeconfig. Rejects for what is not YAML, and gives undefined as readPlainKubeconfig. */
export async function readCredentials(text: string): Promise<PlainCredentials | undefined> {
  const simple = readKindKubeconfig(text);
  if (simple !== undefined) return simple;
  const { parse } = await import('yaml');
  return readPlainKubeconfig(parse(text));
}

/** A connection with credentials that do not change. Plain http is for tests and local proxies. */
export function plainConnection(credentials: PlainCredentials, requestsAtOnce = 16): ApiConnection {
  const server = new URL(credentials.server);
  const identity = {
    ...(credentials.ca === undefined ? {} : { ca: credentials.ca }),
    ...(credentials.certificate === undefined ? {} : { cert: credentials.certificate }),
    ...(credentials.key === undefined ? {} : { key: credentials.key }),
  };
  const options: RequestOptions = {
    ...identity,
    ...(credentials.serverName === undefined ? {} : { servername: credentials.serverName }),
    ...(credentials.token === undefined ? {} : { headers: { Authorization: `Bearer ${credentials.token}` } }),
  };
  // Without one, plain http goes by the default agent.
  const agents = server.protocol === 'https:' && openAgents(identity, requestsAtOnce);
  return {
    server,
    authorize: async (use = 'request') => (agents ? { ...options, agent: agents[use] } : options),
  };
}

function openAgents(identity: SecureContextOptions, maxSockets: number): Record<'request' | 'stream', Agent> {
  // Shared, or each connection reads certificates and key again.
  const secureContext = createSecureContext(identity);
  return {
    request: new Agent({ keepAlive: true, maxSockets, secureContext }),
    stream: new Agent({ secureContext }),
  };
}
