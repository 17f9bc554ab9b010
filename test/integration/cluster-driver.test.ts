// The contract of ClusterDriver, kept by kind. It stops and deletes its cluster, so it has one of its own.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, inject } from 'vitest';
import { hostPortProbe } from '../../src/cluster/host-port.ts';
import { clusterDriverContract } from '../contract/cluster-driver.contract.ts';
import { needEngine } from '../support/need-engine.ts';
import {
  clusterConfigFile,
  openRealTools,
  testClusterName,
  TOOLS_TIMEOUT_MS,
} from '../support/real-cluster.ts';

const { signal } = new AbortController();

// Here, where there is time for it, and not before the first test.
beforeAll(async () => {
  if (inject('engineProblem') === '') await openRealTools(signal);
}, TOOLS_TIMEOUT_MS);

async function freePort(from: number): Promise<number> {
  const probe = hostPortProbe();
  for (let port = from; ; port++) if (await probe.isFree(port, '127.0.0.1')) return port;
}

clusterDriverContract({
  title: 'KindDriver',
  need: needEngine,
  make: async () => {
    const { commands, driver, nodeImage } = await openRealTools(signal);
    const folder = await mkdtemp(join(tmpdir(), 'kind-driver-'));
    const name = testClusterName();
    const docker = async (...args: string[]): Promise<string> =>
      (await commands.run({ program: 'docker', args, signal })).stdout;
    const lines = (text: string): string[] => text.split('\n').filter(Boolean);
    const volumes = async (): Promise<string[]> => lines(await docker('volume', 'ls', '--quiet'));
    const volumesOfNode = new Set<string>();
    return {
      driver,
      spec: {
        name,
        configFile: clusterConfigFile,
        nodeImage,
        ports: [
          { name: 'http', containerPort: 80, hostPort: await freePort(18_080), listenAddress: '127.0.0.1' },
          { name: 'https', containerPort: 443, hostPort: await freePort(18_443), listenAddress: '127.0.0.1' },
        ],
        kubeconfigFile: join(folder, 'state', 'kubeconfig'),
      },
      stop: async () => {
        const format = '{{range .Mounts}}{{println .Name}}{{end}}';
        const mounts = await docker('inspect', '--format', format, `${name}-control-plane`);
        for (const volume of lines(mounts)) volumesOfNode.add(volume);
        await docker('stop', `${name}-control-plane`);
      },
      leftovers: async () => [
        ...lines(await docker('ps', '--all', '--filter', `name=${name}`, '--format', 'container {{.Names}}')),
        ...lines(await docker('network', 'ls', '--filter', `name=${name}`, '--format', 'network {{.Name}}')),
        ...(await volumes()).filter((volume) => volumesOfNode.has(volume)),
      ],
      dispose: () => rm(folder, { recursive: true, force: true }),
    };
  },
});
