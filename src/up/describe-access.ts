// Pure: how a person reaches an environment that is up.

import type { PortMapping } from '../cluster/cluster-driver.ts';
import { shownArgument, quoteCommand } from '../process/quote-command.ts';
import type { EnvironmentRun } from './environment-run.ts';

export interface NamedUrl {
  readonly name: string;
  readonly url: string;
}

/** URLs of the config with the chosen ports in the place of {http} and {https}. */
export function fillPorts(
  patterns: Readonly<Record<string, string>>,
  ports: readonly PortMapping[],
): NamedUrl[] {
  if (ports.length === 0) return [];
  const portOf = (name: string): string => String(ports.find((port) => port.name === name)?.hostPort ?? '');
  return Object.entries(patterns).map(([name, pattern]) => ({
    name,
    url: pattern.replaceAll(/\{(\w+)\}/g, (_match, port: string) => portOf(port)),
  }));
}

/** What a shell takes to have kubectl reach the cluster. KUBECONFIG is a list: no path in it can have a colon. */
export function kubeconfigCommand(kubeconfigFile: string): string {
  return kubeconfigFile.includes(':')
    ? `alias kubectl=${shownArgument(quoteCommand('kubectl', ['--kubeconfig', kubeconfigFile]))}`
    : `export KUBECONFIG=${shownArgument(kubeconfigFile)}`;
}

/** @param authorityFile - Certificate of the user's authority, shown when the environment's hosts have theirs from it. */
export function describeAccess(
  run: EnvironmentRun,
  authorityFile: string,
): {
  urls: readonly NamedUrl[];
  summary: readonly string[];
} {
  const { hosts, urls, namespace, secrets } = run.environment;
  const hasAuthority = Object.values(secrets).some(({ authority }) => authority !== undefined);
  return {
    urls: fillPorts(urls, run.ports),
    summary: [
      quoteCommand('kubectl', ['--kubeconfig', run.kubeconfigFile, '--namespace', namespace, 'get', 'pods']),
      ...(hosts.length > 0 ? [`needs in your hosts file: 127.0.0.1 ${hosts.join(' ')}`] : []),
      ...(hasAuthority
        ? [`certificates come from ${authorityFile}: slipway trust shows how to trust it`]
        : []),
    ],
  };
}
