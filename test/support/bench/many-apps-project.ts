// A project of many apps that is up, as far as Slipway can tell: config, chart and state, beside servers that answer
// for the cluster and the engine.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chartContent } from '../../../src/releases/chart/chart-files.ts';
import { fingerprintOf } from '../../../src/packages/content-fingerprint.ts';
import { listsOf, serveApi, serveEngine, type Lists, type ManyApps } from './many-apps-cluster.ts';

const cluster = 'slipway-many';
const namespace = 'many';

export interface ManyAppsProject extends AsyncDisposable {
  /** With the folder chart. */
  readonly folder: string;
  readonly configFile: string;
  readonly stateFolder: string;
  /** Variables for the commands of Slipway that shall work on it. */
  readonly env: Readonly<Record<string, string>>;
  /** What the API server answers, by path: to be changed as one likes. */
  readonly lists: Lists;
}

export async function openManyApps(count: number): Promise<ManyAppsProject> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-many-'));
  await using opening = new AsyncDisposableStack();
  opening.defer(() => rm(folder, { recursive: true, force: true }));
  const many = await writeProject(folder, count);
  const socketPath = join(folder, 'engine.sock');
  const engine = await serveEngine(many, socketPath);
  opening.defer(() => void engine.close());
  const lists = listsOf(many);
  const { url, server } = await serveApi(many, lists);
  opening.defer(() => void server.close());
  const state = join(folder, 'state');
  const stateFolder = join(state, 'slipway', cluster);
  await writeState(stateFolder, many, url);
  const opened = opening.move();
  return {
    ...{ folder, configFile: join(folder, 'slipway.config.ts'), stateFolder, lists },
    env: { XDG_STATE_HOME: state, DOCKER_HOST: `unix://${socketPath}` },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function writeProject(folder: string, count: number): Promise<ManyApps> {
  const names = Array.from({ length: count }, (_, index) => `app-${index}`);
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
  const chart = await chartContent(join(folder, 'chart'));
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
