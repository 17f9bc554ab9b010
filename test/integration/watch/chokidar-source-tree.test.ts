// The contract of SourceTree, kept by the real watcher with events and by polling; and what happens at its limits.

import { mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watch, type FSWatcher } from 'chokidar';
import { afterEach, describe, expect, test } from 'vitest';
import { ChokidarSourceTree, type ChokidarOptions } from '../../../src/watch/chokidar-source-tree.ts';
import { readInotifyLimits } from '../../../src/watch/inotify-limit.ts';
import type { Hint } from '../../../src/watch/source-tree.ts';
import { folderRoot } from '../../../src/watch/watch-root.ts';
import { sourceTreeContract } from '../../contract/source-tree.contract.ts';
import { until } from '../../support/until.ts';

for (const [title, options] of [
  ['ChokidarSourceTree with events', { poll: false }],
  ['ChokidarSourceTree by polling', { poll: true, pollEveryMs: 20 }],
] as const) {
  sourceTreeContract({
    title,
    make: async (onHint) => {
      const folder = await realpath(await mkdtemp(join(tmpdir(), 'slipway-tree-')));
      const tree = new ChokidarSourceTree({ onHint, limits: await readInotifyLimits(), ...options });
      return {
        tree,
        folder,
        write: (path, text) => writeFile(join(folder, path), text),
        makeFolder: async (path) => void (await mkdir(join(folder, path), { recursive: true })),
        remove: (path) => rm(join(folder, path), { recursive: true }),
        rename: (from, to) => rename(join(folder, from), join(folder, to)),
        link: (path, target) => symlink(target, join(folder, path)),
        dispose: async () => {
          await tree[Symbol.asyncDispose]();
          await rm(folder, { recursive: true, force: true });
        },
      };
    },
  });
}

describe('ChokidarSourceTree at its limits', () => {
  const { signal } = new AbortController();
  const made: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of made.splice(0).reverse()) await end();
  });

  async function make(
    options: Partial<ChokidarOptions>,
  ): Promise<{ folder: string; hints: Hint[]; tree: ChokidarSourceTree }> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'slipway-tree-')));
    made.push(() => rm(folder, { recursive: true, force: true }));
    const hints: Hint[] = [];
    const tree = new ChokidarSourceTree({
      onHint: (hint) => void hints.push(hint),
      poll: false,
      limits: await readInotifyLimits(),
      ...options,
    });
    made.push(() => tree[Symbol.asyncDispose]());
    return { folder, hints, tree };
  }
  const root = (folder: string): ReturnType<typeof folderRoot> =>
    folderRoot('a', folder, { key: 'all', matters: () => true, reaches: () => true });

  test.each(['ENOSPC', 'EMFILE'])('%s is explained with its remedy, and polling takes over', async (code) => {
    const { folder, hints, tree } = await make({
      pollEveryMs: 20,
      start: (paths, options): FSWatcher => {
        const watcher = watch(paths, options);
        if (options?.backend === 'native')
          setImmediate(() => watcher.emit('error', Object.assign(new Error(code), { code })));
        return watcher;
      },
    });
    await tree.follow([root(folder)], signal);
    await until('the switch to polling', async () => hints.some(({ kind }) => kind === 'lost'));
    const [first] = hints;
    expect(first).toMatchObject({ kind: 'polling' });
    expect(first?.kind === 'polling' && first.remedy).toMatch(
      /sudo sysctl fs\.inotify\.max_user_(watches|instances)=\d+/,
    );
    await writeFile(join(folder, 'file'), '1');
    await until('the change, found by polling', async () =>
      hints.some((hint) => hint.kind === 'changed' && hint.path === join(folder, 'file')),
    );
  });

  test('as many events at once as the queue may hold are taken for a loss', async () => {
    const { folder, hints, tree } = await make({ limits: { watches: 1, instances: 1, queuedEvents: 50 } });
    await tree.follow([root(folder)], signal);
    await Promise.all(Array.from({ length: 200 }, (_, index) => writeFile(join(folder, `f${index}`), 'x')));
    // What waits in the queue while this thread is busy is read at once.
    await until('the loss', async () => hints.some(({ kind }) => kind === 'lost'));
    expect(hints.find(({ kind }) => kind === 'lost')).toMatchObject({
      reason: expect.stringContaining('max_queued_events = 50'),
    });
  });
});
