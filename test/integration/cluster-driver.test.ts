// The contract of ClusterDriver, kept by kind with the node image made from packages.
// Uses the user's cache: what an earlier run has compiled is not compiled again.

import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostPortProbe } from '../../scripts/cluster/host-port.ts';
import { KindDriver } from '../../scripts/cluster/kind-driver.ts';
import { nodeImageArtifacts } from '../../scripts/cluster/node-image.ts';
import { connectEngine } from '../../scripts/image/connect-engine.ts';
import { DockerodeImageStore } from '../../scripts/image/dockerode-image-store.ts';
import { ZxCommandRunner } from '../../scripts/process/zx-command-runner.ts';
import { ArtifactCache } from '../../scripts/toolchain/artifact-cache.ts';
import type { Artifact } from '../../scripts/toolchain/artifact.ts';
import { chooseTools } from '../../scripts/toolchain/choose-tools.ts';
import { observeGoToolchain } from '../../scripts/toolchain/go-toolchain.ts';
import { observeTools } from '../../scripts/toolchain/observe-tools.ts';
import { clusterDriverContract } from '../contract/cluster-driver.contract.ts';
import { needEngine } from '../support/need-engine.ts';

const { signal } = new AbortController();
const projectFolder = join(import.meta.dirname, '../..');

async function make(artifacts: readonly Artifact[]): Promise<void> {
  for (const artifact of artifacts) {
    if (!(await artifact.isPresent(signal))) await artifact.make({ signal, report: () => {} });
  }
}

async function freePort(from: number): Promise<number> {
  const probe = hostPortProbe();
  for (let port = from; ; port++) if (await probe.isFree(port, '127.0.0.1')) return port;
}

clusterDriverContract({
  title: 'KindDriver',
  need: needEngine,
  make: async () => {
    const commands = new ZxCommandRunner({ env: process.env });
    const cache = new ArtifactCache(join(homedir(), '.cache', 'slipway'));
    const workbench = { cache, commands, ...(await observeGoToolchain(commands, signal)) };
    const url = process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
    const images = new DockerodeImageStore(await connectEngine({ url }));
    const observed = await observeTools(commands, { major: 1, minor: 34, patch: 0 }, signal);
    const tools = await chooseTools({ projectFolder, observed, workbench: async () => workbench });
    const nodeArtifacts = await nodeImageArtifacts({ ...workbench, images });
    await make([...tools.artifacts, ...nodeArtifacts]);

    const folder = await mkdtemp(join(tmpdir(), 'kind-driver-'));
    const name = `slipway-test-${process.pid}`;
    const docker = async (...args: string[]): Promise<string> =>
      (await commands.run({ program: 'docker', args, signal })).stdout;
    const lines = (text: string): string[] => text.split('\n').filter(Boolean);
    const volumes = async (): Promise<string[]> => lines(await docker('volume', 'ls', '--quiet'));
    const volumesOfNode = new Set<string>();
    return {
      driver: new KindDriver({ commands, kind: tools.kind.path, docker: 'docker' }),
      spec: {
        name,
        configFile: join(projectFolder, 'kind', 'cluster.yaml'),
        nodeImage: nodeArtifacts.at(-1)?.location,
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
