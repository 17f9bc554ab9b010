// Puts together what files are synced with.

import { openConnection } from '../../kubernetes/client/connect-cluster.ts';
import { RestPodFeed } from '../../kubernetes/client/rest-pod-feed.ts';
import { SocketContainerExec } from '../../kubernetes/exec/socket-container-exec.ts';
import type { ClusterApi } from '../../kubernetes/client/cluster-api.ts';
import type { SyncConnection } from '../../sync/file-sync.ts';

export async function openSync(api: ClusterApi, kubeconfigFile: string): Promise<SyncConnection> {
  const connection = await openConnection(kubeconfigFile);
  return { api, exec: new SocketContainerExec(connection), feed: new RestPodFeed(connection) };
}
