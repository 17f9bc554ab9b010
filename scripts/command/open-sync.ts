// Puts together what files are synced with.

import { openConnection } from '../kubernetes/connect-cluster.ts';
import { RestPodFeed } from '../kubernetes/rest-pod-feed.ts';
import { SocketContainerExec } from '../kubernetes/socket-container-exec.ts';
import type { ClusterApi } from '../kubernetes/cluster-api.ts';
import type { SyncConnection } from '../sync/file-sync.ts';

export async function openSync(api: ClusterApi, kubeconfigFile: string): Promise<SyncConnection> {
  const connection = await openConnection(kubeconfigFile);
  return { api, exec: new SocketContainerExec(connection), feed: new RestPodFeed(connection) };
}
