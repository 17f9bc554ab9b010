// From the save of a file to the first answer that holds it: by sync, and by a new image.

import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunEvent } from '../../src/run/events.ts';
import type { ClusterObject } from '../../src/kubernetes/client/cluster-api.ts';
import type { Bench, BenchScene, Measured, Way } from '../support/bench/bench.ts';
import { inTurn, timed } from '../support/bench/in-turn.ts';
import { SyncedProject } from '../support/synced-project.ts';

const SYNCS = 30;
const REBUILDS = 10;
const SYNC_GOAL_MS = 300;
const REBUILD_GOAL_MS = 3_000;
const REBUILD_OVERHEAD_MS = 500;

/** To ask more often would take the machine from what is being started. */
const START_ASKED_EVERY_MS = 20;

/** What is over is cleaned up meanwhile: pods that end, images that are no longer needed. */
const REST_MS = 6_000;

const CODE = 'sync, and a restart of the program';
const PAGE = 'sync of a page';
const REBUILD = 'a new image';
const BUILD = 'docker build';
const START = 'start of a pod';

type Ended = Extract<RunEvent, { type: 'service-ended' }>;

export const bench: Bench = {
  name: 'save-to-answer',
  title: 'From save to answer',
  async run(scene) {
    const syncs = await whileWatched(scene, true, measureSyncs);
    const { rebuilds, ends } = await whileWatched(scene, false, measureRebuilds);
    return summarize(syncs, rebuilds, ends);
  },
};

/** A service that is watched, on a cluster of its own. */
interface Watched {
  readonly project: SyncedProject;
  /** Saves, and asks until the answer is there; the run of the watch is over, too, before the next round. */
  readonly save: (
    file: string,
    text: string,
    path: string,
    answer: string,
    askEveryMs?: number,
  ) => Promise<{ ms: number; end: Ended }>;
}

async function whileWatched<Result>(
  scene: BenchScene,
  isSynced: boolean,
  measure: (scene: BenchScene, watched: Watched) => Promise<Result>,
): Promise<Result> {
  const { signal } = scene;
  await using project = await SyncedProject.make({ replicas: 1, isSynced });
  scene.report('a cluster is made');
  const watching = project.run('watch', ['--yes']);
  const is = (event: RunEvent): event is Ended =>
    event.type === 'service-ended' && event.outcome === 'served';
  try {
    await watching.next((event) => event.type === 'watch-started');
    return await measure(scene, {
      project,
      save: async (file, text, path, answer, askEveryMs = 5) => {
        const from = watching.events.length;
        const ms = await timed(async () => {
          await project.write(file, text);
          while ((await project.askService(path)) !== answer) await delay(askEveryMs, undefined, { signal });
        });
        return { ms, end: await watching.next(is, from) };
      },
    });
  } finally {
    await watching.stop();
  }
}

async function measureSyncs({ signal, report }: BenchScene, { save }: Watched): Promise<Way[]> {
  const saveCode = (text: string) =>
    save('app/src/answer.mjs', `export const answer = '${text}';\n`, '/', text);
  const synced = async (saved: ReturnType<typeof save>): Promise<number> => {
    const { ms, end } = await saved;
    if (!end.what.startsWith('sync')) throw new Error(`not synced: ${end.what}`);
    return ms;
  };
  // A machine that is busy may not have had the pod ready when watching began: then it is deployed anew first.
  for (let round = 0; (await saveCode(`warm ${round}`)).end.what.startsWith('image'); round += 1)
    if (round === 5) throw new Error('no save is synced');
  return inTurn({
    ...{ rounds: SYNCS, signal, report },
    ways: {
      [CODE]: (round) => synced(saveCode(`code ${round}`)),
      [PAGE]: (round) => synced(save('app/public/page.txt', `page ${round}\n`, '/page', `page ${round}`)),
    },
  });
}

async function measureRebuilds(
  scene: BenchScene,
  { project, save }: Watched,
): Promise<{ rebuilds: Way[]; ends: Ended[] }> {
  const { signal, report } = scene;
  const ends: Ended[] = [];
  const rest = (): Promise<void> => delay(REST_MS, undefined, { signal });
  const rebuilds = await inTurn({
    ...{ rounds: REBUILDS, signal, report },
    ways: {
      [REBUILD]: async (round) => {
        await rest();
        const { ms, end } = await save(
          'app/version.txt',
          `image ${round}\n`,
          '/version',
          `image ${round}`,
          START_ASKED_EVERY_MS,
        );
        ends.push(end);
        return ms;
      },
      [BUILD]: (round) => rest().then(() => buildAlone(scene, project, round)),
      [START]: () => rest().then(() => startAlone(scene, project)),
    },
  });
  await removeBuilt(scene, project);
  return { rebuilds, ends };
}

function summarize(syncs: readonly Way[], rebuilds: readonly Way[], ends: readonly Ended[]): Measured {
  const valuesOf = (name: string): readonly number[] =>
    [...syncs, ...rebuilds].find((way) => way.name === name)!.values;
  const above = valuesOf(REBUILD).map((ms, round) => ms - valuesOf(BUILD)[round]! - valuesOf(START)[round]!);
  const part = (name: string, of: (end: Ended) => number | undefined) => ({
    name,
    values: ends.map((end) => of(end) ?? 0),
  });
  return {
    about: [
      'A service of one pod by the bundled chart, watched by `npm run watch`. A file is saved, and the service is asked',
      'every 5 ms (20 ms for a new image) by way of the API server until it answers with what was saved. The start of a',
      'pod is that of the same pod, its image on the node already, until it is ready. Before a new image, and before what',
      'it is compared with, the machine rests for six seconds. The service that gets new images has no sync rules.',
    ].join('\n'),
    series: [
      { title: 'From save to answer by sync', unit: 'ms', ways: syncs },
      {
        title: 'From save to answer by a new image, and what of it takes that time anyway',
        unit: 'ms',
        ways: rebuilds,
      },
      {
        title: 'What a new image takes, as `watch` tells it',
        unit: 'ms',
        ways: [
          part('build', ({ buildMs }) => buildMs),
          part('load', ({ loadMs }) => loadMs),
          part('deploy, until ready', ({ deployMs }) => deployMs),
        ],
      },
    ],
    goals: [
      goal(`${CODE}: median at most ${SYNC_GOAL_MS} ms`, median(valuesOf(CODE)), SYNC_GOAL_MS),
      goal(`${REBUILD}: median at most ${REBUILD_GOAL_MS} ms`, median(valuesOf(REBUILD)), REBUILD_GOAL_MS),
      goal(
        `${REBUILD}: median at most ${REBUILD_OVERHEAD_MS} ms above ${BUILD} and ${START}`,
        median(above),
        REBUILD_OVERHEAD_MS,
      ),
    ],
  };
}

function goal(text: string, ms: number, limit: number): Measured['goals'][number] {
  return { text: `${text}: ${Math.round(ms)}`, isMet: ms <= limit };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The build of the same edit as the engine's own client does it. */
async function buildAlone(
  { commands, signal }: BenchScene,
  project: SyncedProject,
  round: number,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-'));
  const docker = (...args: string[]) => commands.run({ program: 'docker', args, cwd: folder, signal });
  try {
    await cp(join(project.folder, 'app'), folder, { recursive: true });
    await writeFile(join(folder, 'version.txt'), `alone ${round}\n`);
    const { stdout } = await docker(
      'images',
      '--format',
      '{{.Repository}}:{{.Tag}}',
      'slipway.local/base-node',
    );
    const base = stdout.split('\n').find((line) => line !== '');
    const args = base === undefined ? [] : ['--build-arg', `BASE=${base}`];
    return await timed(() => docker('build', '--quiet', '--label', labelOf(project), ...args, '.'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function removeBuilt({ commands, signal }: BenchScene, project: SyncedProject): Promise<void> {
  const args = ['image', 'prune', '--force', '--filter', `label=${labelOf(project)}`];
  await commands.run({ program: 'docker', args, signal });
}

function labelOf({ clusterName }: SyncedProject): string {
  return `dev.slipway.bench=${clusterName}`;
}

/** From asking for a pod to its being ready. */
async function startAlone({ signal }: BenchScene, project: SyncedProject): Promise<number> {
  const api = await project.api();
  const [like] = await api.list({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'synced' }, signal);
  const { template } = like!['spec'] as { template: { spec: object } };
  const reference = { apiVersion: 'v1', kind: 'Pod', name: 'alone', namespace: 'synced' };
  const { apiVersion, kind, name, namespace } = reference;
  const pod: ClusterObject = { apiVersion, kind, metadata: { name, namespace }, spec: template.spec };
  const isReady = async (): Promise<boolean> => {
    const found = await api.get(reference, signal);
    const { conditions = [] } = (found?.['status'] ?? {}) as {
      conditions?: { type: string; status: string }[];
    };
    return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
  };
  const ms = await timed(async () => {
    await api.apply(pod, { signal });
    while (!(await isReady())) await delay(START_ASKED_EVERY_MS, undefined, { signal });
  });
  await api.delete(reference, signal);
  while ((await api.get(reference, signal)) !== undefined) await delay(100, undefined, { signal });
  return ms;
}
