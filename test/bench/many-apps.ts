// `npm run up` with nothing to do where there are 500 apps.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunEvent } from '../../scripts/engine/events.ts';
import { fingerprintOf, folderContent } from '../../scripts/toolchain/content-fingerprint.ts';
import type { Bench } from '../support/bench/bench.ts';
import { inTurn, timed } from '../support/bench/in-turn.ts';
import { serveApi, serveEngine, type ManyApps } from '../support/bench/many-apps-cluster.ts';

const APPS = 500;
const ROUNDS = 10;
const GOAL_MS = 1_000;
const cluster = 'slipway-many';
const namespace = 'many';
const projectFolder = join(import.meta.dirname, '../..');
const UP = 'up';

export const bench: Bench = {
  name: 'many-apps',
  title: `\`up\` with nothing to do, ${APPS} apps`,
  async run({ commands, signal, env, report }) {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-many-'));
    await using closing = new AsyncDisposableStack();
    closing.defer(() => rm(folder, { recursive: true, force: true }));

    const many = await writeProject(folder);
    const socketPath = join(folder, 'engine.sock');
    const engine = await serveEngine(many, socketPath);
    closing.defer(() => void engine.close());
    const { url, server } = await serveApi(many);
    closing.defer(() => void server.close());
    await writeState(join(folder, 'state/slipway', cluster), many, url);

    const surroundings = {
      ...env,
      XDG_STATE_HOME: join(folder, 'state'),
      DOCKER_HOST: `unix://${socketPath}`,
    };
    const config = join(folder, 'slipway.config.ts');
    const up = (): Promise<number> =>
      timed(async () => {
        const args = ['scripts/start.mjs', 'up', '--json', '--images', 'registry', '--config', config];
        const command = { program: process.execPath, args, cwd: projectFolder, env: surroundings, signal };
        const end = JSON.parse((await commands.run(command)).stdout.trim().split('\n').at(-1)!) as RunEvent;
        if (end.type !== 'run-ended' || end.outcome !== 'nothing-to-do')
          throw new Error(`up was not done at once: ${JSON.stringify(end)}`);
      });
    // A file that was written a moment ago may be written again unseen: what was read of it is not remembered.
    await sleep(2_500, undefined, { signal });
    report('the first time, the long way');
    const firstMs = await up();
    const ways = await inTurn({ rounds: ROUNDS, signal, report, ways: { [UP]: up } });
    const median = ways[0]!.values.toSorted((a, b) => a - b)[ROUNDS / 2]!;
    return {
      about: [
        `An API server and an engine that are none, with the answers, sizes and delays of real ones: ${APPS} releases,`,
        `each with a Deployment, a ReplicaSet, a pod, a Service and an EndpointSlice. The first look, which`,
        `remembers nothing, took ${Math.round(firstMs)} ms.`,
      ].join('\n'),
      series: [{ title: 'Until the command has ended', unit: 'ms', ways }],
      goals: [{ text: `at most ${GOAL_MS} ms: ${Math.round(median)} ms`, isMet: median <= GOAL_MS }],
    };
  },
};

async function writeProject(folder: string): Promise<ManyApps> {
  const names = Array.from({ length: APPS }, (_, index) => `app-${index}`);
  await mkdir(join(folder, 'chart/templates'), { recursive: true });
  await writeFile(join(folder, 'chart/Chart.yaml'), 'apiVersion: v2\nname: small\nversion: 1.0.0\n');
  await writeFile(join(folder, 'kind.yaml'), 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n');
  const config = {
    default: 'many',
    environments: {
      many: {
        ...{ namespace, hosts: [], urls: {}, images: {}, addons: {}, secrets: {} },
        cluster: { name: cluster, config: 'kind.yaml' },
        releases: Object.fromEntries(names.map((name) => [name, { chart: 'chart', values: { name } }])),
      },
    },
  };
  await writeFile(join(folder, 'slipway.config.ts'), `export default ${JSON.stringify(config)};\n`);
  const chart = await folderContent(join(folder, 'chart'));
  const apps = names.map((name) => [name, fingerprintOf('release 1', chart, { name }, namespace)]);
  return { cluster, namespace, identity: 'uid-of-many', apps: Object.fromEntries(apps) as ManyApps['apps'] };
}

async function writeState(stateFolder: string, many: ManyApps, url: string): Promise<void> {
  await mkdir(stateFolder, { recursive: true });
  const record = { name: cluster, identity: many.identity, environment: 'many' };
  await writeFile(join(stateFolder, 'cluster.json'), JSON.stringify(record));
  const kubeconfig = {
    'current-context': 'c',
    clusters: [{ name: 'c', cluster: { server: url } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'c' } }],
    users: [{ name: 'c', user: {} }],
  };
  await writeFile(join(stateFolder, 'kubeconfig'), JSON.stringify(kubeconfig));
}
