// The contract of SourceTree, kept by the fake; and what only the fake can be told to do.

import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import type { Hint } from '../../src/watch/source-tree.ts';
import { fileRoot } from '../../src/watch/watch-root.ts';
import { FakeSourceTree } from '../fakes/source-tree.ts';
import { sourceTreeContract } from './source-tree.contract.ts';

sourceTreeContract({
  title: 'FakeSourceTree',
  make: async (onHint) => {
    const tree = new FakeSourceTree(onHint);
    const folder = '/project';
    const touch = (path: string): void => {
      if (path.includes('/')) touch(dirname(path));
      tree.touch(`${folder}/${path}`);
    };
    return {
      tree,
      folder,
      write: async (path) => touch(path),
      makeFolder: async (path) => touch(path),
      remove: async (path) => touch(path),
      rename: async (from, to) => {
        touch(from);
        touch(to);
      },
      link: async (path) => touch(path),
      dispose: () => tree[Symbol.asyncDispose](),
    };
  },
});

test('FakeSourceTree tells nothing while it is silent, and a loss when told to', async () => {
  const hints: Hint[] = [];
  const tree = new FakeSourceTree((hint) => void hints.push(hint));
  await tree.follow([fileRoot('a', '/x')], new AbortController().signal);
  tree.isSilent = true;
  tree.touch('/x');
  expect(hints).toEqual([]);
  tree.isSilent = false;
  tree.touch('/x');
  tree.lose('the queue was full');
  expect(hints).toEqual([
    { kind: 'changed', root: 'a', path: '/x' },
    { kind: 'lost', reason: 'the queue was full' },
  ]);
});
