// A small environment with one of everything that a plan can hold, for stories on fakes.

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Addon } from '../../src/addons/addon.ts';
import { configSchema, type ConfigInput, type Environment } from '../../src/config/schema.ts';
import { Failure } from '../../src/failure.ts';
import type { ReleaseSpec } from '../../src/releases/release-store.ts';
import { describeEnvironment } from '../../src/up/describe-environment.ts';
import type { EnvironmentPlace, EnvironmentRun } from '../../src/up/environment-run.ts';
import type { Artifact } from '../../src/packages/artifact.ts';
import { ArtifactCache } from '../../src/packages/artifact-cache.ts';
import type { Task } from '../../src/task.ts';
import type { FakeMachine } from '../fakes/machine.ts';
import { ProgramAnswers } from '../fakes/program-answers.ts';
import type { StoryPlot, StoryScene } from './environment-story.ts';

const BASE = 'slipway.local/base:sha-0123456789ab';
const CONTROLLER = 'slipway.local/controller:sha-0123456789ab';

/** An environment named 'small', with what is given in the place of its parts. */
export function smallEnvironment(changes: Partial<ConfigInput['environments'][string]> = {}): Environment {
  const small: ConfigInput['environments'][string] = {
    namespace: 'small',
    // The charts of tests are not made to keep the rules.
    policy: { onUp: 'report' },
    images: {
      backend: { dockerfile: 'dockerfiles/backend', context: 'apps/backend' },
      frontend: { dockerfile: 'dockerfiles/frontend', context: 'apps/frontend' },
    },
    secrets: { database: { keys: { password: { generate: { bytes: 16 } } } } },
    releases: {
      database: { chart: 'charts/database', values: { secret: 'database' }, secrets: ['database'] },
      backend: {
        chart: 'charts/backend',
        values: { secret: 'database' },
        images: { image: 'backend' },
        secrets: ['database'],
        needs: ['database', 'addon:controller'],
      },
      frontend: { chart: 'charts/frontend', images: { image: 'frontend' }, needs: ['backend'] },
    },
    ...changes,
  };
  return configSchema.parse({ default: 'small', environments: { small } }).environments['small']!;
}

export function smallPlace(stateFolder: string): EnvironmentPlace {
  return {
    name: 'small',
    clusterName: 'slipway-small',
    stateFolder,
    kubeconfigFile: join(stateFolder, 'kubeconfig'),
  };
}

/** The plot of its story: two images, one of them on a base, an addon with an image, a secret and three releases. */
export const smallPlot: StoryPlot = {
  files: {
    'apps/backend/main.ts': 'the first backend',
    'apps/frontend/main.ts': 'the first frontend',
    'dockerfiles/backend': 'FROM scratch\nCOPY main.ts /\n',
    'dockerfiles/frontend': 'FROM scratch\nCOPY main.ts /app/\n',
    ...Object.fromEntries(
      ['database', 'backend', 'frontend', 'controller'].map((name) => [
        `charts/${name}/Chart.yaml`,
        `name: ${name}`,
      ]),
    ),
  },
  charts: {
    'charts/database': podChart,
    'charts/backend': podChart,
    'charts/frontend': podChart,
    'charts/controller': podChart,
  },
  describe: (scene) => describeSmall(scene),
};

/** The same by another name, in a cluster that it shares with whoever says so, too. */
export function sharingPlot(name: string, folder: string): StoryPlot {
  return {
    ...smallPlot,
    stateFolder: join('.states', folder),
    describe: (scene) => {
      const place = { ...smallPlace(scene.stateFolder), name, imageScope: folder };
      const environment = smallEnvironment({ namespace: name, cluster: { shared: true } });
      return describeSmall(scene, { place, environment });
    },
  };
}

/** A chart of one pod that runs `values.image` with `values.secret`, where there are such, and of a config map with the values. */
export function podChart({ name, values }: ReleaseSpec): string {
  const { image, secret } = values;
  const main = {
    name: 'main',
    ...(image === undefined ? {} : { image }),
    ...(secret === undefined ? {} : { envFrom: [{ secretRef: { name: secret } }] }),
  };
  return [
    { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [main] } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { values: JSON.stringify(values) } },
  ]
    .map((object) => JSON.stringify(object))
    .join('\n---\n');
}

async function describeSmall(
  scene: StoryScene,
  changes: { readonly place?: EnvironmentPlace; readonly environment?: Environment } = {},
): Promise<EnvironmentRun> {
  const { machine, stateFolder, projectFolder, signal } = scene;
  const cache = new ArtifactCache(join(projectFolder, '.cache'));
  const commands = new ProgramAnswers();
  const run = await describeEnvironment({
    ...{ environment: smallEnvironment(), place: smallPlace(stateFolder), projectFolder, signal },
    ...changes,
    slipwayFolder: projectFolder,
    source: 'registry',
    workshop: { cache, commands, goVersion: 'none', platform: 'linux/amd64', images: machine.images },
    ports: [],
    toolArtifacts: [fileArtifact(cache, 'helm')],
    mmdebstrap: fileArtifact(cache, 'mmdebstrap'),
    proxyArgs: {},
  });
  return withController(run, scene);
}

/** As with packages: the backend stands on a base image, and an addon brings an image of its own. */
function withController(run: EnvironmentRun, { machine, projectFolder }: StoryScene): EnvironmentRun {
  const images = [
    imageArtifact(machine, 'base', BASE),
    imageArtifact(machine, 'controller-image', CONTROLLER),
  ];
  const release = {
    name: 'controller',
    namespace: 'controller',
    chart: join(projectFolder, 'charts/controller'),
    values: { image: CONTROLLER },
  };
  const addon: Addon = {
    ...{ name: 'controller', version: '1', artifacts: [images[1]!], images: [CONTROLLER], release },
    verify: async ({ api }, { signal }) => {
      const pod = { apiVersion: 'v1', kind: 'Pod', name: 'controller', namespace: 'controller' };
      if (!(await api.get(pod, signal))) throw new Failure('addon', 'there is no controller to prove');
    },
  };
  const { desired } = run;
  return {
    ...run,
    artifacts: new Map([...run.artifacts, ...images.map((image) => [image.id, image] as const)]),
    releases: new Map([...run.releases, ['addon:controller', release]]),
    addons: new Map([['controller', addon]]),
    desired: {
      ...desired,
      artifacts: [
        ...desired.artifacts,
        ...images.map(({ id, title, needs, location }) => ({
          ...{ id, title, needs, location },
          form: 'image' as const,
        })),
      ],
      images: desired.images.map((image) =>
        image.name === 'backend' ? { ...image, bases: ['base'] } : image,
      ),
      releases: [
        {
          ...{ group: 'addon', name: 'controller', namespace: 'controller', fingerprint: 'controller-1' },
          ...{ images: [CONTROLLER], needs: [], secrets: [] },
        },
        ...desired.releases,
      ],
    },
  };
}

/** A file in the cache. */
function fileArtifact(cache: ArtifactCache, id: string): Artifact {
  const location = cache.path(id, '0123456789ab');
  return {
    ...{ id, title: `Make ${id}`, needs: [], fingerprint: '0123456789ab', location },
    isPresent: async () => existsSync(location),
    make: async ({ signal }: Task) => {
      signal.throwIfAborted();
      await mkdir(location, { recursive: true });
    },
  };
}

function imageArtifact(machine: FakeMachine, id: string, location: string): Artifact {
  return {
    ...{ id, title: `Make ${id}`, needs: [], fingerprint: '0123456789ab', location },
    isPresent: async (signal) => (await machine.images.find(location, signal)) !== undefined,
    make: async ({ signal }: Task) => {
      signal.throwIfAborted();
      machine.images.add(location, { labels: { 'dev.slipway.owner': 'slipway' } });
    },
  };
}
