// What happens to an environment beside kills: after each fault the same `up` brings it back, and does the least.

import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, inject, test, type TestContext } from 'vitest';
import type { RunEvent } from '../../../src/run/events.ts';
import { restartEngine } from '../engine-setup.ts';
import { docker } from '../leftovers.ts';
import type { SlipwayProcess } from '../watched-project.ts';
import { isFull, type ChaosProject } from './chaos-project.ts';

const clockJumps = join(import.meta.dirname, 'clock-jumps.ts');

/** Registers the tests. They need an environment that is up, and leave it up. */
export function faults(use: () => ChaosProject): void {
  /** Breaks something, and expects `up` to do these steps and no other; everything is as before then. */
  async function heals(fault: () => Promise<unknown>, steps: readonly string[]): Promise<SlipwayProcess> {
    const before = await use().look();
    await fault();
    const run = await use().run('up');
    expect(doneBy(run)).toEqual([...steps].sort());
    expect(await use().look()).toEqual(before);
    return run;
  }

  /** Everything is there: another `up` finds nothing to do, and all that is declared is in place. */
  async function isDone(): Promise<void> {
    const { events } = await use().run('up');
    expect(events.at(-1)).toMatchObject({ type: 'run-ended', outcome: 'nothing-to-do' });
  }

  function onlyInFull(title: string, run: (context: TestContext) => Promise<void>): void {
    test(title, async (context) => {
      context.skip(!isFull, 'only with npm test -- --full');
      await run(context);
    });
  }

  test('a node that was restarted just now is waited for', async () => {
    const run = await heals(() => docker('restart', '--time', '1', use().node), []);
    expect(notesOf(run)).toContainEqual(expect.stringContaining('waiting: '));
  });

  onlyInFull('a node that is stopped is started', async () => {
    const run = await heals(() => docker('stop', '--time', '1', use().node), []);
    expect(notesOf(run)).toContainEqual(expect.stringContaining(`starting ${use().node}`));
  });

  onlyInFull('a node that is paused goes on', async () => {
    const run = await heals(() => docker('pause', use().node), []);
    expect(notesOf(run)).toContainEqual(expect.stringContaining(`resuming ${use().node}`));
  });

  onlyInFull('an API server that is down for a minute is waited for', async () => {
    const manifest = '/etc/kubernetes/manifests/kube-apiserver.yaml';
    const script = `mv ${manifest} /root/ && (sleep 60; mv /root/kube-apiserver.yaml ${manifest}) >/dev/null 2>&1 &`;
    const isDown = async (): Promise<boolean> => {
      const { signal } = new AbortController();
      return (await use().connect()).identity(signal).then(
        () => false,
        () => true,
      );
    };
    await heals(async () => {
      await docker('exec', use().node, 'sh', '-c', script);
      await expect.poll(isDown, { timeout: 60_000 }).toBe(true);
    }, []);
  });

  onlyInFull('an etcd that stands still for seconds, again and again, is waited for', async () => {
    await use().project.answer('beta', 'while etcd is slow');
    const slow = 'for i in $(seq 8); do pkill -STOP -x etcd; sleep 2; pkill -CONT -x etcd; sleep 1; done';
    const slowing = docker('exec', use().node, 'sh', '-c', slow);
    await use().run('up');
    await slowing;
    await isDone();
  });

  test('a clock that jumps by hours in the middle of an up changes nothing', async () => {
    await use().project.answer('beta', 'while the clock jumps');
    const up = use().project.run('up', [], { nodeArgs: ['--import', clockJumps] });
    expect(await up.ended).toMatchObject({ exitCode: 0 });
    await isDone();
  });

  onlyInFull(
    'an engine that is restarted in the middle of an up ends it, and the next brings everything',
    async (context) => {
      context.skip(!inject('isEngineOurs'), 'the engine was not started by this run of tests');
      await use().project.answer('beta', 'while the engine restarts');
      const up = use().project.run('up');
      const isBuilding = (event: RunEvent): event is RunEvent =>
        event.type === 'step-started' && event.id === 'image:beta';
      await up.next(isBuilding);
      await restartEngine();
      expect((await up.ended).exitCode).toBe(1);
      const failures = up.events.filter((event) => event.type === 'step-failed');
      expect(failures).toContainEqual(
        expect.objectContaining({
          code: expect.stringMatching(/^(build|engine|cluster)$/),
          hint: expect.any(String),
        }),
      );
      await use().run('up');
      await isDone();
    },
  );

  onlyInFull('a node that somebody has removed is made anew, and nothing is built for it', async () => {
    const before = await use().look();
    await docker('rm', '--force', '--volumes', use().node);
    const done = doneBy(await use().run('up', ['--yes']));
    expect(done).toContainEqual(expect.stringContaining('cluster'));
    expect(done).toEqual(expect.arrayContaining(['load:alpha', 'release:alpha', 'release:beta']));
    expect(done.filter((id) => id.startsWith('image:'))).toEqual([]);
    expect(await use().look()).toEqual(before);
  });

  test('a release that somebody has deleted is installed anew', async () => {
    const { signal } = new AbortController();
    const reference = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'alpha', namespace: 'watched' };
    await heals(
      async () => (await use().connect()).delete(reference, signal),
      ['policy:charts', 'release:alpha'],
    );
  });

  onlyInFull('a namespace that somebody has deleted is made anew, with what is in it', async () => {
    const { signal } = new AbortController();
    const reference = { apiVersion: 'v1', kind: 'Namespace', name: 'watched' };
    await heals(async () => {
      const api = await use().connect();
      await api.delete(reference, signal);
    }, ['namespace:watched', 'policy:charts', 'release:alpha', 'release:beta']);
  });

  test('a release that a killed helm has left pending is repaired, and the reason is told', async () => {
    const { signal } = new AbortController();
    const api = await use().connect();
    const query = {
      apiVersion: 'v1',
      kind: 'Secret',
      namespace: 'watched',
      labelSelector: 'owner=helm,name=beta',
    };
    const secret = (await api.list(query, signal)).at(-1);
    const run = await heals(async () => {
      const status = 'pending-upgrade';
      const { name, namespace, labels } = secret!.metadata;
      const data = { release: pendingRelease((secret!['data'] as { release: string }).release, status) };
      const metadata = { name, namespace: namespace!, labels: { ...labels, status } };
      await api.apply({ apiVersion: 'v1', kind: 'Secret', metadata, data }, { signal });
    }, ['policy:charts', 'release:beta']);
    expect(JSON.stringify(run.events)).toMatch(/its upgrade was broken off( before anything worked)?; it /);
  });

  test('damaged lines of the journal, and a lost record of the cluster, are made good', async () => {
    const { stateFolder } = use().project;
    const run = await heals(async () => {
      await appendFile(join(stateFolder, 'journal.jsonl'), 'gar\0bage\n{"v":1,"mark":"made"}\n{"v":1,"at');
      await rm(join(stateFolder, 'cluster.json'));
      await rm(join(stateFolder, 'kubeconfig'));
    }, []);
    expect(notesOf(run)).toContainEqual(expect.stringContaining('2 damaged lines of the journal'));
  });

  onlyInFull('an image that somebody has taken off the node is loaded again', async () => {
    const reference = (await use().images()).find((name) => name.includes('/alpha:'))!;
    const list = ['exec', use().node, 'ctr', '--namespace', 'k8s.io', 'images', 'rm', reference];
    await heals(() => docker(...list), ['load:alpha']);
  });

  test('of two ups at once one works, and the other says for whom it does not', async () => {
    const { project } = use();
    await project.answer('beta', 'by one of two');
    const runs = [project.run('up'), project.run('up')];
    const ends = await Promise.all(runs.map(({ ended }) => ended));
    expect(ends.map(({ exitCode }) => exitCode).sort()).toEqual([0, 1]);
    expect(ends.find(({ exitCode }) => exitCode === 1)?.stderr).toMatch(
      /another run is at work on this cluster: npm run up, process \d+/,
    );
  });

  test('a down during an up is refused, and the up comes to its end', async () => {
    const { project } = use();
    await project.answer('beta', 'while somebody wants it down');
    const up = project.run('up');
    await up.next((event) => event.type === 'run-started');
    const down = await project.run('down').ended;
    expect([down.exitCode, down.stderr]).toEqual([1, expect.stringContaining('npm run up, process')]);
    expect((await up.ended).exitCode).toBe(0);
  });
}

function doneBy({ events }: SlipwayProcess): string[] {
  return events.flatMap((event: RunEvent) => (event.type === 'step-started' ? [event.id] : [])).sort();
}

function notesOf({ events }: SlipwayProcess): string[] {
  return events.flatMap((event) => (event.type === 'note' ? [event.text] : []));
}

/** helm's own form: base64 of base64 of compressed JSON. */
function pendingRelease(encoded: string, status: string): string {
  const packed = Buffer.from(Buffer.from(encoded, 'base64').toString(), 'base64');
  const release = JSON.parse(gunzipSync(packed).toString()) as { info: { status: string } };
  release.info.status = status;
  return Buffer.from(gzipSync(JSON.stringify(release)).toString('base64')).toString('base64');
}
