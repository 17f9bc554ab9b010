// Pure: how a person reaches an environment that is up.

import type { EnvironmentRun } from '../steps/environment-run.ts';

export interface Access {
  readonly urls: readonly { readonly name: string; readonly url: string }[];
  readonly summary: readonly string[];
}

export function describeAccess(run: EnvironmentRun): Access {
  const portOf = (name: string): string =>
    String(run.ports.find((port) => port.name === name)?.hostPort ?? '');
  const urls = Object.entries(run.environment.urls).map(([name, pattern]) => ({
    name,
    url: pattern.replaceAll(/\{(\w+)\}/g, (_match, port: string) => portOf(port)),
  }));
  const { hosts } = run.environment;
  return {
    urls,
    summary: [
      `kubectl --kubeconfig ${run.kubeconfigFile} get pods --namespace ${run.environment.namespace}`,
      ...(hosts.length > 0
        ? [`add to your hosts file where it is missing: 127.0.0.1 ${hosts.join(' ')}`]
        : []),
    ],
  };
}
