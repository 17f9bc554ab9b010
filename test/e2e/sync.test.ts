// `npm run watch` of a service with sync rules, on a real cluster: two replicas, a read-only root, pods that die.

import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import type { RunEvent } from '../../src/run/events.ts';
import { needEngine } from '../support/need-engine.ts';
import { SyncedProject } from '../support/synced-project.ts';
import { until } from '../support/until.ts';
import type { SlipwayProcess } from '../support/watched-project.ts';

type Ended = Extract<RunEvent, { type: 'service-ended' }>;

describe('sync', () => {
  let project: SyncedProject | undefined;
  let watching: SlipwayProcess;

  beforeAll(async () => {
    if (inject('engineProblem')) return;
    project = await SyncedProject.make({ replicas: 2 });
    watching = project.run('watch', ['--yes']);
    await watching.next((event) => event.type === 'watch-started');
  });
  beforeEach(needEngine);
  afterAll(async () => {
    await watching?.stop();
    await project?.[Symbol.asyncDispose]();
  });

  const use = (): SyncedProject => {
    if (!project) throw new Error('there is no project');
    return project;
  };
  /** Does something, and resolves with the end of the run that it brings about. */
  async function ended(act: () => Promise<void>): Promise<Ended> {
    const from = watching.events.length;
    await act();
    const is = (event: RunEvent): event is Ended =>
      event.type === 'service-ended' && event.outcome !== 'superseded';
    return watching.next(is, from);
  }
  const answers = async (path = '/'): Promise<(string | undefined)[]> =>
    Promise.all((await use().pods()).map(({ name }) => use().ask(name, path)));
  const uids = async (): Promise<string[]> => (await use().pods()).map(({ uid }) => uid).sort();
  const twoReady = (): Promise<void> =>
    until('two pods are ready', async () => {
      const pods = await use().pods();
      return (pods.length === 2 && pods.every(({ isReady }) => isReady)) || JSON.stringify(pods);
    });

  test('a save of the code is served by both pods at once, and no pod is another one', async () => {
    const before = await uids();
    const end = await ended(() => use().answer('second'));
    expect(end).toMatchObject({ outcome: 'served', what: 'sync 1 file, restart' });
    expect(await answers()).toEqual(['second', 'second']);
    expect(await uids()).toEqual(before);
    expect((await use().pods()).map(({ restarts }) => restarts)).toEqual([0, 0]);
  });

  test('a page that is read at each request is served without a restart', async () => {
    const before = await answers('/process');
    const end = await ended(() => use().write('app/public/page.txt', 'second page\n'));
    expect(end).toMatchObject({ outcome: 'served', what: 'sync 1 file' });
    expect(await answers('/page')).toEqual(['second page', 'second page']);
    expect(await answers('/process')).toEqual(before);
  });

  test('the root stays read-only', async () => {
    expect(await answers('/write')).toEqual(['EROFS,EROFS', 'EROFS,EROFS']);
  });

  test('code that does not start is told with its log, the code before answers, and the fix is taken', async () => {
    const end = await ended(() => use().answer("second' + nothing + '"));
    expect(end).toMatchObject({
      outcome: 'failed',
      failure: { code: 'release', message: expect.stringContaining('ended with exit code 1 in pod web-') },
    });
    expect(end.failure!.details.join('\n')).toContain('nothing is not defined');
    expect(await answers()).toEqual(['second', 'second']);
    const fixed = await ended(() => use().answer('third'));
    expect(fixed).toMatchObject({ outcome: 'served', what: 'sync 1 file, restart' });
    expect(await answers()).toEqual(['third', 'third']);
    expect((await use().pods()).map(({ restarts }) => restarts)).toEqual([0, 0]);
  });

  test('a pod that takes the place of a killed one has never answered with the code of the image', async () => {
    const [killed] = await use().pods();
    const known = new Set((await use().pods()).map(({ name }) => name));
    await use().deletePod(killed!.name);
    const heard: (string | undefined)[] = [];
    await until('the new pod is ready', async () => {
      const fresh = (await use().pods()).find(({ name }) => !known.has(name));
      if (fresh) heard.push(await use().ask(fresh.name));
      return fresh?.isReady === true || JSON.stringify(fresh ?? 'no new pod');
    });
    expect(new Set(heard.filter((answer) => answer !== undefined))).toEqual(new Set(['third']));
    expect(await answers('/page')).toEqual(['second page', 'second page']);
    const end = await ended(() => use().answer('fourth'));
    expect(end.what).toBe('sync 1 file, restart');
    expect(await answers()).toEqual(['fourth', 'fourth']);
  });

  test('a crash is the crash of the container, which comes back with the synced code', async () => {
    const [pod] = await use().pods();
    await use().ask(pod!.name, '/crash');
    const again = async () => (await use().pods()).find(({ name }) => name === pod!.name)!;
    await until('it was started again', async () => {
      const pod = await again();
      return (pod.restarts === 1 && pod.isReady) || JSON.stringify(pod);
    });
    expect(await answers()).toEqual(['fourth', 'fourth']);
    const end = await ended(() => use().answer('fifth'));
    expect(end.what).toBe('sync 1 file, restart');
    expect(await answers()).toEqual(['fifth', 'fifth']);
  });

  test('a file that no rule covers means a new image, and syncs go on from that', async () => {
    const before = await uids();
    const end = await ended(() => use().write('app/version.txt', 'two\n'));
    expect(end).toMatchObject({
      outcome: 'served',
      what: expect.stringMatching(
        /^image web sha-\w+ → sha-\w+; not synced: no rule covers app\/version.txt$/,
      ),
    });
    await twoReady();
    expect(await answers('/version')).toEqual(['two', 'two']);
    expect(await answers()).toEqual(['fifth', 'fifth']);
    expect((await uids()).some((uid) => before.includes(uid))).toBe(false);
    const synced = await ended(() => use().answer('sixth'));
    expect(synced.what).toBe('sync 1 file, restart');
    expect(await answers()).toEqual(['sixth', 'sixth']);
  });

  test('status tells what is synced, and the next up runs what is on disk from an image alone', async () => {
    await watching.stop();
    const states = async (): Promise<unknown> => {
      const { events, ended: end } = use().run('status');
      await end;
      return (events as readonly unknown[]).find((row) => (row as { kind: string }).kind === 'release');
    };
    expect(await states()).toMatchObject({ state: 'Ready', detail: 'its image and 1 synced file' });
    // As in the image: by its sources alone there is nothing to do.
    await use().answer('fifth');
    const before = await uids();
    expect((await use().run('up', ['--yes']).ended).exitCode).toBe(0);
    expect(await states()).toMatchObject({ state: 'Ready', detail: '' });
    expect(await answers()).toEqual(['fifth', 'fifth']);
    expect((await uids()).some((uid) => before.includes(uid))).toBe(false);
  });
});
