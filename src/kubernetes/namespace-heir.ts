// Who has a namespace when its environment no longer wants it: another one in the same cluster may use what is in it.

import type { ClusterApi } from './client/cluster-api.ts';
import { usersOf } from './ownership.ts';

export async function namespaceHeir(
  api: ClusterApi | undefined,
  { environment, namespace }: { readonly environment: string; readonly namespace: string },
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = await api?.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, signal);
  return usersOf(found?.metadata.labels).find((user) => user !== environment);
}

/** What is told of it, to follow 'it'. */
export function handedTo(heir: string): string {
  return `is used by the environment ${heir}, which has it now`;
}
