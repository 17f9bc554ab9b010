// The connection for every kubeconfig that client-node understands: login plugins, OIDC, proxies, files.
import { KubeConfig } from '@kubernetes/client-node';
import type { RequestOptions } from 'node:https';
import { Failure } from '../../failure.ts';
import type { ApiConnection } from './api-connection.ts';

/**
 * Loads the file with client-node. Import this module late: it costs several hundred milliseconds.
 * Throws Failure 'cluster' when the file cannot be used.
 */
export function connectWithClientNode(kubeconfigFile: string): ApiConnection {
  const hint = `Look at ${kubeconfigFile}. One in Slipway's own state may be removed: it is written anew.`;
  const config = new KubeConfig();
  try {
    config.loadFromFile(kubeconfigFile);
  } catch (cause) {
    throw new Failure('cluster', `cannot read the kubeconfig ${kubeconfigFile}`, { cause, hint });
  }
  const server = config.getCurrentCluster()?.server;
  if (server === undefined || !URL.canParse(server)) {
    throw new Failure('cluster', `the kubeconfig ${kubeconfigFile} names no server for its current context`, {
      hint,
    });
  }
  return {
    server: new URL(server),
    async authorize(): Promise<RequestOptions> {
      const options: RequestOptions = {};
      try {
        await config.applyToHTTPSOptions(options);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new Failure('cluster', `cannot log in to ${server}: ${reason}`, { cause });
      }
      return options;
    },
  };
}
