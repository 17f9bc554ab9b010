// The fake keeps the contract of the port, so that what is tested with it holds with the real one.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClusterDriver } from '../fakes/cluster-driver.ts';
import { clusterDriverContract } from './cluster-driver.contract.ts';

clusterDriverContract({
  title: 'FakeClusterDriver',
  make: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cluster-driver-'));
    const driver = new FakeClusterDriver();
    const name = 'todo';
    return {
      driver,
      spec: {
        name,
        configFile: 'kind/cluster.yaml',
        nodeImage: undefined,
        ports: [{ name: 'http', containerPort: 80, hostPort: 8080, listenAddress: '127.0.0.1' }],
        kubeconfigFile: join(folder, 'kubeconfig'),
      },
      stop: async () => driver.stop(name),
      leftovers: async () => (driver.spec(name) === undefined ? [] : [name]),
      dispose: () => rm(folder, { recursive: true }),
    };
  },
});
