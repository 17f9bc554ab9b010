// kubectl as an operator would use it: the one that every node image brings, with the rights of the cluster's admin.

import type { AddonCluster } from './addon-cluster.ts';

/** Standard output. Rejects with Failure 'command' when kubectl says no. */
export async function nodeKubectl(
  { tools, nodes }: Pick<AddonCluster, 'tools' | 'nodes'>,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const kubectl = ['kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', ...args];
  const { stdout } = await tools.commands.run({
    program: 'docker',
    args: ['exec', nodes[0]!, ...kubectl],
    signal,
  });
  return stdout;
}
