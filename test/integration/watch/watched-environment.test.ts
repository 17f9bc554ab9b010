// The real watcher on real files, all the way to what a cluster in memory runs.

import { execFile } from 'node:child_process';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ChokidarSourceTree } from '../../../src/watch/chokidar-source-tree.ts';
import { readInotifyLimits } from '../../../src/watch/inotify-limit.ts';
import { FakeSourceTree } from '../../fakes/source-tree.ts';
import { until } from '../../support/until.ts';
import { WatchedMachine, type WatchedMachineOptions } from '../../support/watched-machine.ts';

const limits = await readInotifyLimits();
const begin = (options: Partial<WatchedMachineOptions>): Promise<WatchedMachine> =>
  WatchedMachine.begin({
    services: ['a', 'b', 'c'],
    openTree: (onHint) => new ChokidarSourceTree({ onHint, poll: false, limits }),
    ...options,
  });

/** Until the cluster runs what is on disk, and nothing goes on any more. */
async function inStep(watched: WatchedMachine): Promise<void> {
  await until('the cluster runs what is on disk', async () => {
    const wanted = await watched.wanted();
    const served = watched.served();
    const states = Object.keys(wanted).map((name) => watched.loop.stateOf(`release:${name}`)?.name);
    const isServed = JSON.stringify(served) === JSON.stringify(wanted);
    if (isServed && states.every((state) => state === 'idle')) return true;
    return JSON.stringify({ wanted, served, states });
  });
  expect(watched.served()).toEqual(await watched.wanted());
}

describe('what the cluster runs follows what is on disk', () => {
  test('a saved file, a new one, a renamed and a removed one', async () => {
    await using watched = await begin({});
    const before = watched.served();
    await watched.write('services/a/main', 'second');
    await inStep(watched);
    expect(watched.served()['a']).not.toBe(before['a']);
    await watched.write('services/a/lib/new.ts', '1');
    await inStep(watched);
    await rename(join(watched.folder, 'services/a/lib'), join(watched.folder, 'services/a/moved'));
    await inStep(watched);
    await rm(join(watched.folder, 'services/a/moved'), { recursive: true });
    await inStep(watched);
    expect([watched.runsOf('a'), watched.runsOf('b'), watched.runsOf('c')]).toEqual([4, 0, 0]);
  });

  test('an edit that comes to the same image rolls out nothing, then and later', async () => {
    await using watched = await begin({});
    const plain = 'FROM scratch\nCOPY main /\n';
    const edited = `# more\n${plain}# still\n`;
    const revisionOfA = async (): Promise<number> => {
      const releases = await watched.machine.releases.list(new AbortController().signal);
      return releases.find(({ name }) => name === 'a')!.revision;
    };
    await watched.write('services/a/Dockerfile', plain);
    await inStep(watched);
    const [revision, built] = [await revisionOfA(), watched.machine.images.builds.length];
    await watched.write('services/a/Dockerfile', edited);
    await inStep(watched);
    await watched.write('services/a/Dockerfile', plain);
    await inStep(watched);
    await watched.write('services/a/Dockerfile', edited);
    await inStep(watched);
    expect([await revisionOfA(), watched.machine.images.builds.length]).toEqual([revision, built + 1]);
    // What is changed after that is served as ever.
    await watched.write('services/a/main', 'second');
    await inStep(watched);
    expect(await revisionOfA()).toBe(revision + 1);
  });

  test("an editor's own files and ignored ones start nothing", async () => {
    await using watched = await begin({ files: { 'services/a/.dockerignore': 'node_modules\n' } });
    await watched.write('services/a/.main.swp', 'b0VIM 9.0');
    await watched.write('services/a/node_modules/x/index.js', '1');
    await watched.write('services/b/main', 'second');
    await inStep(watched);
    expect([watched.runsOf('a'), watched.runsOf('b')]).toEqual([0, 1]);
  });

  test('an edit of the ignore file counts at once, and what it lets in is followed from then on', async () => {
    await using watched = await begin({
      files: { 'services/a/.dockerignore': 'extra\n', 'services/a/extra/x': '1' },
    });
    await watched.write('services/a/.dockerignore', '# nothing\n');
    await inStep(watched);
    await watched.write('services/a/extra/x', '2');
    await inStep(watched);
    expect(watched.runsOf('a')).toBe(2);
  });

  test('a chart reaches its release and builds nothing; the config reaches the difference', async () => {
    await using watched = await begin({});
    const builds = watched.machine.images.builds.length;
    await watched.write('charts/b/values.yaml', 'x: 1\n');
    await until('the run of b', async () => watched.runsOf('b') === 1);
    await watched.configure((environment) => {
      environment.releases['c'] = { ...environment.releases['c']!, values: { greeting: 'hello' } };
    });
    await until('the run of c', async () => watched.runsOf('c') === 1);
    await inStep(watched);
    const config = watched.machine.cluster!.api.objects.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'c',
    );
    expect(JSON.stringify(config)).toContain('hello');
    expect([watched.runsOf('a'), watched.runsOf('b'), watched.runsOf('c')]).toEqual([0, 1, 1]);
    expect(watched.machine.images.builds.length).toBe(builds);
  });

  test('a broken config is told once, and what was wanted before goes on being followed', async () => {
    await using watched = await begin({});
    await watched.write('slipway.config.ts', 'export default {');
    const told = (): number =>
      watched.notes.filter(
        (event) => event.type === 'note' && event.text.includes('config is not taken over'),
      ).length;
    await until('the note', async () => told() > 0);
    await watched.write('services/a/main', 'second');
    await until('the run of a', async () => watched.runsOf('a') === 1);
    await watched.configure();
    await inStep(watched);
    expect(told()).toBe(1);
  });

  test('a broken build leaves the last good version, and its fix is picked up', async () => {
    await using watched = await begin({});
    const before = watched.served();
    await watched.write('services/a/Dockerfile', 'FROM scratch\nCOPY gone /\n');
    await until('the failure', async () => watched.loop.stateOf('release:a')?.name === 'failed');
    await watched.write('services/b/main', 'second');
    await until('the run of b', async () => watched.runsOf('b') === 1);
    expect(watched.served()['a']).toBe(before['a']);
    await watched.write('services/a/Dockerfile', 'FROM scratch\nCOPY main /\n# fixed\n');
    await inStep(watched);
    expect(watched.runsOf('a')).toBe(2);
  });

  test('what somebody asks for is done although nothing has changed', async () => {
    await using watched = await begin({});
    const { builds } = watched.machine.images;
    const before = builds.length;
    watched.ask('b', 'rebuild');
    await until('the run of b', async () => watched.runsOf('b') === 1);
    await inStep(watched);
    expect(builds.length).toBe(before + 1);
    watched.ask('b', 'restart');
    await until('another run of b', async () => watched.runsOf('b') === 2);
    expect(builds.length).toBe(before + 1);
    const told = watched.events.flatMap((event) => (event.kind === 'ended' ? [event.end.report.what] : []));
    expect(told).toEqual(['the same version, built again and restarted', 'the same version, restarted']);
  });

  test('old images go, the served one and the one before stay', async () => {
    await using watched = await begin({});
    for (const text of ['2', '3', '4', '5']) {
      await watched.write('services/a/main', text);
      await inStep(watched);
    }
    const mine = (): string[] =>
      watched.machine.images.references.filter((reference) => reference.includes('/a:'));
    await until('two images are left', async () => mine().length === 2);
    expect(mine()).toContain(watched.served()['a']);
    expect(watched.machine.images.references).toHaveLength(4);
  });
});

describe('storms', () => {
  test('a checkout of 2,000 files makes exactly one further run of each touched service', async () => {
    const count = 2_000;
    const files = (version: string): Record<string, string> =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [
          `services/${index % 2 === 0 ? 'a' : 'b'}/src/folder${index % 40}/file${index}.ts`,
          `${version} ${index}\n`,
        ]),
      );
    await using watched = await begin({ files: files('one') });
    const git = (...args: string[]): Promise<unknown> =>
      promisify(execFile)('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
        cwd: watched.folder,
      });
    const ignored = '.state\n.cache\n';
    await watched.write('.gitignore', ignored);
    await git('init', '-q');
    await git('add', '.');
    await git('commit', '-q', '-m', 'one');
    await git('checkout', '-q', '-b', 'two');
    for (const [path, text] of Object.entries(files('two'))) await watched.write(path, text);
    await git('commit', '-q', '-a', '-m', 'two');
    await inStep(watched);
    const before = [watched.runsOf('a'), watched.runsOf('b')];
    await git('checkout', '-q', '-');
    await until(
      'both have run',
      async () => watched.runsOf('a') > before[0]! && watched.runsOf('b') > before[1]!,
    );
    await inStep(watched);
    // Nothing comes after it either.
    await delay(1_500);
    expect([watched.runsOf('a') - before[0]!, watched.runsOf('b') - before[1]!, watched.runsOf('c')]).toEqual(
      [1, 1, 0],
    );
  });

  test('200 saves in 10 s: the last content, in at most 1 + ceil(10 s / run time) runs', async () => {
    const buildMs = 900;
    await using watched = await begin({ buildMs: () => buildMs });
    const end = performance.now() + 10_000;
    for (let save = 1; save <= 200; save++) {
      await watched.write('services/a/main', `save ${save}`);
      await delay(Math.max(0, (end - performance.now()) / (201 - save)));
    }
    await inStep(watched);
    expect(watched.runsOf('a')).toBeGreaterThan(0);
    expect(watched.runsOf('a')).toBeLessThanOrEqual(1 + Math.ceil(10_000 / buildMs));
  });

  test('500 random edits across services: nothing is lost', async () => {
    // A generator of our own, so that a failure can be played again.
    let seed = 20_261_121;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
      return (seed >>> 8) % below;
    };
    await using watched = await begin({ buildMs: () => random(120) });
    for (let edit = 0; edit < 500; edit++) {
      const service = ['a', 'b', 'c'][random(3)]!;
      const file = ['main', 'lib/x.ts', 'lib/y.ts', 'lib/deep/z.ts'][random(4)]!;
      const path = `services/${service}/${file}`;
      const kind = random(10);
      if (kind === 0 && file !== 'main') await rm(join(watched.folder, path), { force: true });
      else if (kind === 1) {
        await watched.write(`services/${service}/.tmp~`, `edit ${edit}`);
        await watched.write(path, 'about to go');
        await rename(join(watched.folder, `services/${service}/.tmp~`), join(watched.folder, path));
      } else await watched.write(path, `edit ${edit}`);
      await delay([0, 0, 1, 3, 10, 40, 90, 160][random(8)]);
    }
    await inStep(watched);
  });
});

describe('without events', () => {
  test.each([
    ['a watcher that drops them', false],
    ['a file system that sends none, polled', true],
  ])('changes arrive all the same: %s', async (_title, polls) => {
    const sweepEveryMs = 1_000;
    await using watched = await begin({
      timing: { sweepEveryMs: polls ? 60_000 : sweepEveryMs },
      openTree: (onHint) => {
        if (polls) return new ChokidarSourceTree({ onHint, poll: true, pollEveryMs: 50 });
        const tree = new FakeSourceTree(onHint);
        tree.isSilent = true;
        return tree;
      },
    });
    await watched.write('services/a/main', 'second');
    await watched.write('charts/b/values.yaml', 'x: 1\n');
    const savedAt = performance.now();
    await until('both have run', async () => watched.runsOf('a') === 1 && watched.runsOf('b') === 1);
    expect(performance.now() - savedAt).toBeLessThan(sweepEveryMs + 2_000);
    await inStep(watched);
    const foundBy = watched.events.flatMap((event) => (event.kind === 'changed' ? [event.foundBy] : []));
    expect(foundBy).toEqual(polls ? ['event', 'event'] : ['sweep', 'sweep']);
  });
});
