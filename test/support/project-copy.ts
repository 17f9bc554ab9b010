// A copy of the bundled environment in a temporary folder: sources, Dockerfiles, charts and config that a test may
// break, with a cluster, ports and state of its own. The user's cache is shared: nothing is compiled twice.

import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { hostPortProbe } from '../../src/cluster/host-port.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import bundled from '../../slipway.config.ts';

export type EnvironmentInput = ConfigInput['environments'][string];

export interface ProjectCopy {
  readonly folder: string;
  readonly configFile: string;
  readonly clusterName: string;
  /** The ports that the config asks for; free when the copy was made. */
  readonly ports: { readonly http: number; readonly https: number };
  /** Everything that Slipway remembers of the cluster; gone after `down`. */
  readonly stateFolder: string;
  readonly kubeconfigFile: string;
  /** What the commands get besides the environment of the tests. */
  readonly env: Readonly<Record<string, string>>;
  /** Writes the config anew, with this change to the environment `todo`; without a change: as bundled. */
  configure(change?: (environment: EnvironmentInput) => void): Promise<void>;
  /** Replaces a text that has to be there in a file of the copy; the result puts the file back. */
  edit(file: string, from: string, to: string): Promise<() => Promise<void>>;
  remove(): Promise<void>;
}

const projectFolder = join(import.meta.dirname, '../..');
const copied = ['apps', 'dockerfiles', 'charts', 'kind'];

export async function copyProject(): Promise<ProjectCopy> {
  const root = await mkdtemp(join(tmpdir(), 'slipway-e2e-'));
  const folder = join(root, 'project');
  await mkdir(folder);
  for (const name of copied) {
    await cp(join(projectFolder, name), join(folder, name), {
      recursive: true,
      filter: (path) => basename(path) !== 'node_modules',
    });
  }
  const clusterName = `slipway-e2e-${randomBytes(3).toString('hex')}`;
  const ports = await freePorts();
  const configFile = join(folder, 'slipway.config.ts');
  const stateHome = join(root, 'state');
  const stateFolder = join(stateHome, 'slipway', clusterName);

  const copy: ProjectCopy = {
    folder,
    configFile,
    clusterName,
    ports,
    stateFolder,
    kubeconfigFile: join(stateFolder, 'kubeconfig'),
    env: { XDG_STATE_HOME: stateHome },
    async configure(change = () => {}) {
      const config: ConfigInput = structuredClone<ConfigInput>(bundled);
      const environment = config.environments['todo']!;
      environment.cluster = { ...environment.cluster, name: clusterName, ports };
      change(environment);
      await writeFile(configFile, `export default ${JSON.stringify(config, null, 2)};\n`);
    },
    async edit(file, from, to) {
      const path = join(folder, file);
      const text = await readFile(path, 'utf8');
      if (!text.includes(from))
        throw new Error(`${file} has no '${from}': the test has to be brought up to date`);
      await writeFile(path, text.replace(from, to));
      return () => writeFile(path, text);
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
  await copy.configure();
  return copy;
}

/** Two ports, and a free one behind each for tests that take the wanted ones. */
async function freePorts(): Promise<{ http: number; https: number }> {
  const probe = hostPortProbe();
  for (let first = 21_080; first < 30_000; first += 4) {
    const isFree = await Promise.all([0, 1, 2, 3].map((offset) => probe.isFree(first + offset, '127.0.0.1')));
    if (isFree.every(Boolean)) return { http: first, https: first + 2 };
  }
  throw new Error('there are no four free ports in a row between 21080 and 30000');
}
