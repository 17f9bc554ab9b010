import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import { WatchLoop } from '../../../src/watch/watch-loop.ts';
import { settle } from '../../../src/watch/watch-state.ts';
import { FakeWatchWorld } from '../../fakes/watch-world.ts';
import { Stage, timing } from '../../support/watch-stage.ts';

describe('WatchLoop', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = new Stage();
    await stage.begin(['a', 'b', 'c']);
  });
  afterEach(() => stage.end());
  const upToDate = (): void => {
    for (const service of stage.world.services)
      expect(stage.world.served.get(service)).toBe(stage.world.contentOf(service));
  };

  test('does nothing while nothing changes', async () => {
    await stage.rest();
    expect(stage.runs).toEqual([]);
  });

  test('begins a run 60 ms after a save, for the touched service alone, and names the file', async () => {
    const savedAtMs = stage.clock.nowMs();
    stage.world.write('/a/main', 'v1');
    await stage.rest();
    expect(stage.runs).toEqual(['a served']);
    expect(stage.world.runs[0]!.startedAtMs - savedAtMs).toBe(timing.restMs + stage.world.lookMs);
    expect(stage.kinds('changed')).toEqual([
      { kind: 'changed', service: 'a', paths: ['/a/main'], foundBy: 'event', isServed: false },
    ]);
    expect(stage.kinds('ended')).toMatchObject([{ sinceChangeMs: 1_060, durationMs: 1_000 }]);
    upToDate();
  });

  test('does nothing for a hint behind which nothing has changed', async () => {
    stage.tree.touch('/a/main');
    stage.world.write('/b/main', 'v0');
    await stage.rest();
    expect(stage.runs).toEqual([]);
  });

  test('runs independent services side by side', async () => {
    stage.world.write('/a/main', 'v1');
    stage.world.write('/b/main', 'v1');
    await stage.rest();
    expect(stage.world.runs.map(({ startedAtMs }) => startedAtMs)).toEqual([160, 160]);
    expect(stage.runs).toEqual(['a served', 'b served']);
  });

  test('2,000 files of a checkout make exactly one further run of each touched service', async () => {
    for (let index = 0; index < 2_000; index++) {
      stage.world.write(`/${index % 2 === 0 ? 'a' : 'b'}/f${index}`, 'checkout');
      if (index % 20 === 0) await stage.clock.advance(10);
      if (index % 500 === 499) await stage.clock.advance(250);
    }
    await stage.rest();
    expect(stage.runs.sort()).toEqual(['a served', 'b served']);
    upToDate();
  });

  test.each(
    [500, 1_000, 3_000, 7_000, 20_000].flatMap((runMs) =>
      [[50], [30, 70], [10, 90], [45, 55], [1, 2, 147]].map((pausesMs) => [pausesMs, runMs] as const),
    ),
  )(
    '200 saves in 10 s, %j ms apart, with runs of %i ms: the last content, in at most 1 + ceil(10 s / run time) runs',
    async (pausesMs, runMs) => {
      stage.world.runMs = runMs;
      for (let save = 0; save < 200; save++) {
        stage.world.write('/a/main', `v${save + 1}`);
        await stage.clock.advance(pausesMs[save % pausesMs.length]!);
      }
      await stage.clock.advance(3 * runMs + 1_000);
      expect(stage.world.served.get('a')).toBe('/a/main=v200');
      const begun = stage.runs.filter((run) => run !== 'a stale');
      expect(begun.length).toBeLessThanOrEqual(1 + Math.ceil(10_000 / runMs));
      expect(stage.runs.length - begun.length).toBeLessThanOrEqual(3);
    },
  );

  test('lets every third run end where edits come faster than runs', async () => {
    stage.world.runMs = 10_000;
    for (let edit = 1; edit <= 20; edit++) {
      stage.world.write('/a/main', `v${edit}`);
      await stage.clock.advance(4_000);
    }
    await stage.rest();
    expect(stage.runs.slice(0, 6)).toEqual([
      ...['a cancelled', 'a cancelled', 'a served'],
      ...['a cancelled', 'a cancelled', 'a served'],
    ]);
    expect(stage.world.served.get('a')).toBe(stage.world.contentOf('a'));
  });

  test('cancels a run that a newer change has made useless, once that change rests', async () => {
    stage.world.runMs = 10_000;
    stage.world.write('/a/main', 'v1');
    await stage.clock.advance(1_000);
    stage.world.write('/a/main', 'v2');
    await stage.clock.advance(490);
    expect(stage.runs).toEqual(['a undefined']);
    await stage.rest();
    expect(stage.runs).toEqual(['a cancelled', 'a served']);
    expect(stage.world.runs[1]!.startedAtMs).toBe(1_600);
    upToDate();
  });

  test('lets a run go on when the newer change takes itself back', async () => {
    stage.world.runMs = 5_000;
    stage.world.write('/a/main', 'v1');
    await stage.clock.advance(1_000);
    stage.world.write('/a/main', 'v2');
    await stage.clock.advance(200);
    stage.world.write('/a/main', 'v1');
    await stage.rest();
    expect(stage.runs).toEqual(['a served']);
  });

  test('does not try again what failed, until something changes; the last good version stays', async () => {
    stage.world.write('/a/main', 'broken');
    await stage.rest();
    stage.tree.touch('/a/main');
    await stage.clock.advance(40_000);
    expect(stage.runs).toEqual(['a failed']);
    expect(stage.world.served.get('a')).toBe('/a/main=v0');
    stage.world.write('/a/main', 'v1');
    await stage.rest();
    expect(stage.runs).toEqual(['a failed', 'a served']);
    upToDate();
  });

  test('has nothing to do when a broken change is taken back', async () => {
    stage.world.write('/a/main', 'broken');
    await stage.rest();
    stage.world.write('/a/main', 'v0');
    await stage.rest();
    expect(stage.runs).toEqual(['a failed']);
    expect(stage.loop.stateOf('a')).toMatchObject({ name: 'idle' });
  });

  test('tries again what failed when somebody asks for it', async () => {
    stage.world.write('/a/main', 'broken');
    await stage.rest();
    stage.loop.retry('a');
    await stage.rest();
    expect(stage.runs).toEqual(['a failed', 'a failed']);
  });

  test('runs for what serves when somebody asks for it, but not beside another run', async () => {
    expect(stage.loop.retry('a')).toBe(true);
    expect(stage.loop.retry('a')).toBe(false);
    await stage.rest();
    expect(stage.runs).toEqual(['a served']);
    expect(stage.loop.retry('nobody')).toBe(false);
  });

  test('finds within the sweep interval what no event announced, and says so', async () => {
    stage.tree.isSilent = true;
    stage.world.write('/b/main', 'v1');
    await stage.clock.advance(timing.sweepEveryMs + 1_100);
    expect(stage.runs).toEqual(['b served']);
    expect(stage.kinds('changed')).toMatchObject([{ service: 'b', foundBy: 'sweep' }]);
  });

  test('looks at everything when events were lost', async () => {
    stage.tree.isSilent = true;
    stage.world.write('/b/main', 'v1');
    stage.tree.isSilent = false;
    stage.tree.lose('the queue was full');
    await stage.clock.advance(2_000);
    expect(stage.runs).toEqual(['b served']);
    expect(stage.kinds('lost')).toHaveLength(1);
  });

  test('does not believe what it read while it changed', async () => {
    stage.world.lookMs = 100;
    stage.world.write('/a/main', 'half');
    await stage.clock.advance(120);
    stage.world.write('/a/main', 'whole');
    await stage.rest();
    expect(stage.runs).toEqual(['a served']);
    upToDate();
  });

  test('goes on when what is wanted cannot be read', async () => {
    stage.world.lookFailure = new Failure('config', 'it is not valid');
    stage.world.write('/a/main', 'v1');
    await stage.clock.advance(1_000);
    expect(stage.kinds('look-failed')).toHaveLength(1);
    stage.world.write('/a/main', 'v2');
    await stage.rest();
    expect(stage.runs).toEqual(['a served']);
  });

  test('holds a service until those it needs have been up once, and says why', async () => {
    stage.world.needs.set('e', ['d']);
    stage.world.files.set('/d/main', 'broken');
    stage.world.files.set('/e/main', 'v1');
    await stage.clock.advance(17_000);
    expect(stage.runs).toEqual(['d failed']);
    expect(stage.kinds('held')).toEqual([
      { kind: 'held', service: 'e', reason: 'needs d, which has not come up' },
    ]);
    stage.world.write('/d/main', 'v1');
    await stage.rest();
    expect(stage.runs).toEqual(['d failed', 'd served', 'e served']);
  });

  test('drops a service that is no longer wanted, and ends its run', async () => {
    stage.world.runMs = 60_000;
    stage.world.write('/a/main', 'v1');
    await stage.clock.advance(1_000);
    stage.world.files.delete('/a/main');
    stage.tree.touch('/a/main');
    await stage.rest();
    expect(stage.runs).toEqual(['a cancelled']);
    expect(stage.kinds('dropped')).toEqual([{ kind: 'dropped', service: 'a' }]);
  });

  test('tells of a service that has come into the config', async () => {
    stage.world.files.set('/new/main', 'v0');
    stage.tree.touch('/a/main');
    await stage.rest();
    expect(stage.kinds('added')).toEqual([{ kind: 'added', service: 'new' }]);
    expect(stage.runs).toEqual(['new served']);
  });

  test('tells what was saved before its watcher was ready as a change', async () => {
    const late = new Stage();
    const begun = late.begin(['a', 'b']);
    late.world.files.set('/a/main', 'v1');
    await begun;
    await late.rest();
    expect(late.kinds('changed')).toMatchObject([{ service: 'a', isServed: false }]);
    expect(late.runs).toEqual(['a served']);
    await late.end();
  });

  test('ends its runs and its looks when it is stopped, and follows nothing any more', async () => {
    stage.world.write('/a/main', 'v1');
    await stage.clock.advance(100);
    await stage.end();
    expect(stage.runs).toEqual(['a cancelled']);
    stage.world.write('/b/main', 'v1');
    await stage.clock.advance(60_000);
    expect(stage.runs).toHaveLength(1);
  });

  test('a bug of the world ends it with that bug', async () => {
    const world = new FakeWatchWorld(stage.clock, () => stage.tree);
    world.look = () => Promise.reject(new TypeError('a bug'));
    const { tree, clock } = stage;
    const loop = new WatchLoop({
      world,
      tree,
      clock,
      timing,
      emit: () => {},
      begin: settle,
      described: () => undefined,
    });
    await expect(loop.run(new AbortController().signal)).rejects.toThrow('a bug');
  });
});
