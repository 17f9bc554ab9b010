// What every SourceTree keeps.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Hint, OnHint, SourceTree } from '../../src/watch/source-tree.ts';
import { fileRoot, folderRoot, type WatchRoot } from '../../src/watch/watch-root.ts';
import { until } from '../support/until.ts';

export interface SourceTreeUnderTest {
  readonly tree: SourceTree;
  /** An empty folder that is there. */
  readonly folder: string;
  write(path: string, text: string): Promise<void>;
  makeFolder(path: string): Promise<void>;
  remove(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  link(path: string, target: string): Promise<void>;
  dispose(): Promise<void>;
}

export interface SourceTreeContract {
  readonly title: string;
  readonly make: (onHint: OnHint) => Promise<SourceTreeUnderTest>;
}

/** Registers the suite. */
export function sourceTreeContract({ title, make }: SourceTreeContract): void {
  describe(title, () => {
    const { signal } = new AbortController();
    let hints: Hint[];
    let subject: SourceTreeUnderTest;
    beforeEach(async () => {
      hints = [];
      subject = await make((hint) => void hints.push(hint));
    });
    afterEach(() => subject.dispose());

    const all = (id: string, folder = subject.folder): WatchRoot =>
      folderRoot(id, folder, { key: 'all', matters: () => true, reaches: () => true });
    const told = (root: string, path: string): boolean =>
      hints.some((hint) => hint.kind === 'changed' && hint.root === root && hint.path === at(path));
    const at = (path: string): string => `${subject.folder}/${path}`;
    const hintOf = async (root: string, path: string): Promise<void> => {
      await until(`a hint of ${root} at ${path}`, async () => told(root, path));
      expect(told(root, path)).toBe(true);
    };
    /** A change that is told shows that all told before it has arrived. */
    const fence = async (root: string, path: string): Promise<void> => {
      await subject.write(path, `${Math.random()}`);
      await hintOf(root, path);
    };

    test('a file that is written, changed or removed is told', async () => {
      await subject.tree.follow([all('a')], signal);
      await subject.write('file', '1');
      await hintOf('a', 'file');
      hints = [];
      await subject.write('file', '2');
      await hintOf('a', 'file');
      hints = [];
      await subject.remove('file');
      await hintOf('a', 'file');
    });

    test('nothing is told of what was there before', async () => {
      await subject.write('before', '1');
      await subject.tree.follow([all('a')], signal);
      await fence('a', 'after');
      expect(told('a', 'before')).toBe(false);
    });

    test('what comes in a new folder is told, and the removal of the folder', async () => {
      await subject.tree.follow([all('a')], signal);
      await subject.makeFolder('new/deep');
      await subject.write('new/deep/file', '1');
      await hintOf('a', 'new/deep/file');
      hints = [];
      await subject.write('new/deep/file', '2');
      await hintOf('a', 'new/deep/file');
      await subject.remove('new');
      await hintOf('a', 'new');
    });

    test('a save by another file that takes the name is told under the name', async () => {
      await subject.write('main.ts', '1');
      await subject.tree.follow([all('a')], signal);
      for (const text of ['2', '3', '4']) {
        hints = [];
        await subject.write('.main.ts.tmp', text);
        await subject.rename('.main.ts.tmp', 'main.ts');
        await hintOf('a', 'main.ts');
      }
    });

    test('a renamed folder is told at both names, and goes on being followed', async () => {
      await subject.makeFolder('old');
      await subject.write('old/file', '1');
      await subject.tree.follow([all('a')], signal);
      await subject.rename('old', 'new');
      await hintOf('a', 'old');
      await hintOf('a', 'new');
      hints = [];
      await subject.write('new/file', '2');
      await hintOf('a', 'new/file');
    });

    test('a link is told when it points elsewhere, and what it points at is not followed', async () => {
      await subject.makeFolder('target');
      await subject.makeFolder('tree');
      await subject.write('target/file', '1');
      await subject.link('tree/link', '../target');
      await subject.tree.follow([all('a', at('tree'))], signal);
      await subject.write('target/file', '2');
      await fence('a', 'tree/fence');
      expect(told('a', 'target/file') || told('a', 'tree/link/file')).toBe(false);
      await subject.remove('tree/link');
      await subject.link('tree/link', '../elsewhere');
      await hintOf('a', 'tree/link');
    });

    test('what no root wants is not told', async () => {
      await subject.makeFolder('skipped');
      const root = folderRoot('a', subject.folder, {
        key: 'some',
        matters: (path) => !path.startsWith('skipped'),
        reaches: (path) => !path.startsWith('skipped'),
      });
      await subject.tree.follow([root], signal);
      await subject.write('skipped/file', '1');
      await fence('a', 'fence');
      expect(hints.filter((hint) => hint.kind === 'changed' && hint.path.includes('skipped'))).toEqual([]);
    });

    test('each root is told for itself, also where they overlap', async () => {
      await subject.makeFolder('part');
      await subject.tree.follow([all('whole'), all('part', at('part'))], signal);
      await subject.write('part/file', '1');
      await hintOf('whole', 'part/file');
      await hintOf('part', 'part/file');
      await fence('whole', 'other');
      expect(told('part', 'other')).toBe(false);
    });

    test('a single file is told that comes later, and its neighbours are not', async () => {
      await subject.tree.follow([fileRoot('a', at('Dockerfile')), fileRoot('b', at('other'))], signal);
      await subject.write('neighbour', '1');
      await subject.write('Dockerfile', '1');
      await hintOf('a', 'Dockerfile');
      await fence('b', 'other');
      expect(hints.some((hint) => hint.kind === 'changed' && hint.path === at('neighbour'))).toBe(false);
    });

    test('a root that is not there yet is told when it comes', async () => {
      await subject.tree.follow([all('later', at('later')), all('a')], signal);
      await subject.makeFolder('later');
      await subject.write('later/file', '1');
      await hintOf('later', 'later/file');
    });

    test('other roots take the place of the former ones', async () => {
      await subject.makeFolder('one');
      await subject.makeFolder('two');
      await subject.tree.follow([all('one', at('one'))], signal);
      await subject.tree.follow([all('two', at('two'))], signal);
      await subject.write('one/file', '1');
      await fence('two', 'two/file');
      expect(told('one', 'one/file')).toBe(false);
      await subject.tree.follow([all('one', at('one')), all('two', at('two'))], signal);
      await subject.write('one/file', '2');
      await hintOf('one', 'one/file');
    });

    test('nothing is told after the end, and an aborted signal starts nothing', async () => {
      await expect(subject.tree.follow([all('a')], AbortSignal.abort())).rejects.toThrow();
      await subject.tree.follow([all('a')], signal);
      await subject.tree[Symbol.asyncDispose]();
      hints = [];
      await subject.write('file', '1');
      await new Promise((resolve) => setImmediate(resolve));
      expect(hints).toEqual([]);
    });
  });
}
