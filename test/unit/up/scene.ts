// The ports of one step on fakes, for tests of single steps.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent } from '../../../src/run/events.ts';
import { Journal } from '../../../src/run/journal.ts';
import { ImageAliases } from '../../../src/images/image-aliases.ts';
import { SizeHistory } from '../../../src/images/size-history.ts';
import type { Resource } from '../../../src/plan/step.ts';
import { Redactor } from '../../../src/secrets/redact.ts';
import type { EnvironmentRun } from '../../../src/up/environment-run.ts';
import { ReleaseTracker } from '../../../src/releases/release-tracker.ts';
import type { UpTools } from '../../../src/up/up-tools.ts';
import type { Task } from '../../../src/task.ts';
import { FakeAuthoritySource } from '../../fakes/authority-source.ts';
import { FakeMachine } from '../../fakes/machine.ts';
import { podChart, smallEnvironment, smallPlace } from '../../support/small-environment.ts';

export const CLUSTER = 'slipway-small';
export const WEB = `slipway.local/${CLUSTER}/web:sha-000000000001`;
export const clusterResource: Resource = { kind: 'cluster', name: CLUSTER, driver: 'kind', after: [] };

/** One release 'web' that runs one image 'web', in the namespace 'small'. */
export interface Scene extends AsyncDisposable {
  readonly machine: FakeMachine;
  readonly stateFolder: string;
  readonly run: EnvironmentRun;
  readonly tools: UpTools;
  readonly journal: Journal;
  readonly task: Task;
  readonly signal: AbortSignal;
  readonly reports: string[];
  readonly notes: string[];
  readonly events: RunEvent[];
  /** A running cluster, as somebody made it. */
  startCluster(): Promise<void>;
}

export async function openScene(changes: Partial<EnvironmentRun> = {}): Promise<Scene> {
  const stateFolder = await mkdtemp(join(tmpdir(), 'slipway-scene-'));
  const machine = new FakeMachine({ '/charts/web': podChart });
  const { signal } = new AbortController();
  const reports: string[] = [];
  const notes: string[] = [];
  const events: RunEvent[] = [];
  const task: Task = { signal, report: ({ text }) => void reports.push(text) };
  const run = { ...webRun(stateFolder), ...changes };
  const spec = {
    ...{ name: CLUSTER, configFile: run.clusterConfigFile, nodeImage: undefined, ports: [] },
    kubeconfigFile: run.kubeconfigFile,
  };
  return {
    ...{ machine, stateFolder, run, task, signal, reports, notes, events },
    journal: await Journal.open(join(stateFolder, 'journal.jsonl')),
    tools: {
      run,
      images: machine.images,
      loader: machine.loader,
      driver: machine.driver,
      releases: machine.releases,
      sizes: new SizeHistory(stateFolder),
      aliases: await ImageAliases.open(stateFolder),
      env: {},
      tracker: new ReleaseTracker(run.desired, (event) => void events.push(event)),
      note: (text) => void notes.push(text),
      redactor: new Redactor(),
      authority: new FakeAuthoritySource(),
      connect: async () => machine.api,
    },
    startCluster: () => machine.driver.create(spec, task),
    [Symbol.asyncDispose]: () => rm(stateFolder, { recursive: true, force: true }),
  };
}

function webRun(stateFolder: string): EnvironmentRun {
  const release = { name: 'web', namespace: 'small', chart: '/charts/web', values: { image: WEB } };
  return {
    ...smallPlace(stateFolder),
    environment: smallEnvironment({
      images: { web: { dockerfile: 'dockerfiles/web', context: 'apps/web' } },
      releases: { web: { chart: 'charts/web', secrets: ['database'] } },
    }),
    clusterConfigFile: '/kind/cluster.yaml',
    ports: [],
    nodeImage: undefined,
    artifacts: new Map(),
    builds: new Map([
      ['web', { reference: WEB, contextFolder: '/apps/web', dockerfile: '/dockerfiles/web' }],
    ]),
    releases: new Map([['release:web', release]]),
    addons: new Map(),
    fingerprints: new Map([['release:web', (values) => `fingerprint of ${JSON.stringify(values)}`]]),
    desired: {
      cluster: { name: CLUSTER, driver: 'kind' },
      policy: 'off',
      artifacts: [],
      tools: { cluster: [], release: [] },
      images: [{ name: 'web', reference: WEB, bases: [] }],
      secrets: [{ name: 'database', namespace: 'small' }],
      releases: [
        {
          ...{ group: 'release', name: 'web', namespace: 'small', fingerprint: 'fingerprint-1' },
          ...{ images: [WEB], needs: [], secrets: ['database'] },
        },
      ],
    },
  };
}
