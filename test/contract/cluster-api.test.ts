// The contract of ClusterApi, kept by the fake.

import { FakeClusterApi } from '../fakes/cluster-api.ts';
import { clusterApiContract } from './cluster-api.contract.ts';

clusterApiContract({
  title: 'FakeClusterApi',
  make: async () => {
    const api = new FakeClusterApi();
    api.add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'todo' } });
    api.setLog('todo', 'ended', 'one\ntwo\n');
    return { api, namespace: 'todo', endedPod: 'ended', dispose: async () => {} };
  },
});
