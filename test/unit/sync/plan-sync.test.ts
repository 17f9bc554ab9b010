// What of a change can be synced, and what has to be sent to which container.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SyncRule } from '../../../src/config/sync-schema.ts';
import {
  planSync,
  strongestAfter,
  type SourceEntry,
  type SourceSnapshot,
} from '../../../src/sync/plan-sync.ts';
import { SyncCoverage, syncFolders } from '../../../src/sync/sync-rules.ts';
import {
  countOf,
  deltaOf,
  fileState,
  listingWith,
  strangerIn,
  syncItem,
  type SyncSet,
} from '../../../src/sync/sync-set.ts';
import { isSame } from '../../../src/sync/plan-sync.ts';

const rule = (from: string, to: string | undefined, more: Partial<SyncRule> = {}): SyncRule => ({
  ...{ from, to, exclude: [], after: to === undefined ? 'rebuild' : 'restart' },
  ...more,
});
const rules = [
  rule('app/src/schema', undefined),
  rule('app/src', '/app/src', { exclude: ['**/*.test.ts'] }),
  rule('app/public', '/app/public', { after: 'nothing' }),
  rule('app/conf', '/etc/app', { after: 'SIGHUP' }),
];
const limits = { files: 5, bytes: 100 };
const file = (digest: string, more: Partial<SourceEntry> = {}): SourceEntry => ({
  ...{ kind: 'file', digest, mode: 0o644, sizeBytes: 10 },
  ...more,
});
const folder = file('', { kind: 'folder', sizeBytes: 0 });
const snapshot = (entries: Record<string, SourceEntry>, frame = 'frame'): SourceSnapshot => ({
  ...{ fingerprint: 'x', frame, entries: new Map(Object.entries(entries)) },
});
const built = snapshot({
  src: folder,
  'src/main.ts': file('1'),
  'src/old.ts': file('2'),
  'src/main.test.ts': file('3'),
  'public/a.css': file('4'),
  'conf/app.conf': file('5'),
  'package.json': file('6'),
});
const ask = (wanted: SourceSnapshot, touched: string[] = []) =>
  planSync({
    ...{ built, wanted, limits, prefix: 'app/' },
    touched: new Set(touched),
    coverage: new SyncCoverage(rules),
  });
const edited = (changes: Record<string, SourceEntry | undefined>): SourceSnapshot => {
  const entries = new Map(built.entries);
  for (const [path, entry] of Object.entries(changes))
    if (entry) entries.set(path, entry);
    else entries.delete(path);
  return { ...built, entries };
};
const many = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`src/${index}.ts`, file('n')]));

describe('what is synced', () => {
  test.for([
    ['an edit', { 'src/main.ts': file('9') }, [['0/main.ts', 'restart']]],
    ['a new file', { 'src/lib/new.ts': file('9'), 'src/lib': folder }, [['0/lib/new.ts', 'restart']]],
    ['a removed file', { 'src/old.ts': undefined }, [['0/old.ts', 'restart']]],
    ['an executable bit', { 'src/main.ts': file('1', { mode: 0o755 }) }, [['0/main.ts', 'restart']]],
    ['an empty folder', { 'public/empty': folder }, [['1/empty', 'nothing']]],
    [
      'files of several rules',
      { 'conf/app.conf': file('9'), 'public/a.css': file('9') },
      [
        ['1/a.css', 'nothing'],
        ['2/app.conf', 'SIGHUP'],
      ],
    ],
    ['nothing', {}, []],
  ] as const)('%s', ([, changes, expected]) => {
    const plan = ask(edited(changes));
    const changed = plan.kind === 'sync' ? plan.changes.map(({ place, after }) => [place, after]) : plan;
    expect(changed).toEqual(expected);
  });

  test('what was synced before is sent again, also when it went back to what the image has', () => {
    const plan = ask(built, ['src/main.ts']);
    expect(plan).toMatchObject({ kind: 'sync', changes: [{ path: 'src/main.ts', place: '0/main.ts' }] });
  });
});

describe('what needs a new image', () => {
  test.for([
    ['a file that no rule covers', edited({ 'package.json': file('9') }), 'no rule covers app/package.json'],
    ['an excluded one', edited({ 'src/main.test.ts': file('9') }), 'no rule covers app/src/main.test.ts'],
    ['a removed one', edited({ 'package.json': undefined }), 'no rule covers app/package.json'],
    [
      'one whose rule says so',
      edited({ 'src/schema/1.sql': file('9') }),
      'the rule for app/src/schema asks for it',
    ],
    [
      'another Dockerfile',
      { ...built, frame: 'other' },
      'the Dockerfile, its arguments or its bases changed',
    ],
    ['a link', edited({ 'src/l': file('x', { kind: 'link' }) }), 'src/l is a link'],
    ['a name of two lines', edited({ 'src/a\nb': file('9') }), 'the name of "src/a\\nb" cannot be sent'],
    ['many files', edited(many), '6 files differ from the image, and at most 5 are synced'],
    [
      'much',
      edited({ 'src/main.ts': file('9', { sizeBytes: 101 }) }),
      '101 bytes differ from the image, and at most 100 are synced',
    ],
    ['a file in the place of a folder', edited({ src: file('9') }), 'app/src itself has changed'],
  ] as const)('%s', ([, wanted, reason]) => {
    expect(ask(wanted)).toEqual({ kind: 'rebuild', reason });
  });
});

test('folders inside others come with those, and files find their place in them', () => {
  const nested = [rule('a/b', '/x/a/b', { after: 'nothing' }), rule('a', '/x/a'), rule('c', '/x/ab')];
  expect(syncFolders(nested)).toEqual(['/x/a', '/x/ab']);
  const coverage = new SyncCoverage(nested);
  expect(coverage.of('a/b/f')).toEqual({ kind: 'sync', place: '0/b/f', after: 'nothing' });
  expect(coverage.of('a/f')).toEqual({ kind: 'sync', place: '0/f', after: 'restart' });
  expect(coverage.of('c/f')).toEqual({ kind: 'sync', place: '1/f', after: 'restart' });
});

test.for([
  [[], 'nothing'],
  [['nothing', 'nothing'], 'nothing'],
  [['nothing', 'SIGHUP', 'SIGHUP'], 'SIGHUP'],
  [['SIGUSR1', 'SIGHUP'], 'SIGHUP,SIGUSR1'],
  [['SIGHUP', 'restart', 'nothing'], 'restart'],
] as const)('after %j comes %s', ([afters, expected]) => {
  expect(strongestAfter(afters)).toBe(expected);
});

describe('whatever was edited in whatever order', () => {
  const name = fc.constantFrom('a', 'b', 'c/d', 'c/e');
  const tree = fc.dictionary(
    name,
    fc.record({ digest: fc.constantFrom('1', '2', '3'), mode: fc.constantFrom(0o644, 0o755) }),
  );
  const entriesOf = (files: Record<string, { digest: string; mode: number }>): SourceSnapshot =>
    snapshot(
      Object.fromEntries(Object.entries(files).map(([path, more]) => [`src/${path}`, file('', more)])),
    );
  /** The files that a container of this image has. */
  const listingOf = ({ entries }: SourceSnapshot): Map<string, string> =>
    new Map(
      [...entries].map(([path, { digest, mode }]) => [
        path.replace('src/', '0/'),
        fileState(digest, mode === 0o755),
      ]),
    );
  const filesIn = (listing: ReadonlyMap<string, string>): Record<string, string> =>
    Object.fromEntries([...listing].filter(([, state]) => state !== 'no file').sort());

  test('old containers, new ones, and those that missed something have what is on disk in the end', () => {
    const coverage = new SyncCoverage([rule('src', '/app/src')]);
    fc.assert(
      fc.property(tree, fc.array(fc.tuple(tree, fc.boolean()), { maxLength: 6 }), (first, steps) => {
        const image = entriesOf(first);
        const touched = new Set<string>();
        let [steady, late] = [
          listingOf(image) as ReadonlyMap<string, string>,
          listingOf(image) as ReadonlyMap<string, string>,
        ];
        for (const [next, isLateThere] of steps) {
          const wanted = entriesOf(next);
          const plan = planSync({
            built: image,
            wanted,
            touched,
            coverage,
            prefix: '',
            limits: { files: 99, bytes: 1e9 },
          });
          if (plan.kind === 'rebuild') throw new Error(plan.reason);
          for (const { path } of plan.changes) touched.add(path);
          const items = plan.changes.map((change) =>
            syncItem(change, new Uint8Array(), isSame(change.entry, change.was)),
          );
          const untouched = new Map(
            [...listingOf(image)].filter(([place]) => !items.some((item) => item.place === place)),
          );
          const set: SyncSet = { items: new Map(items.map((item) => [item.place, item])), untouched };
          expect(countOf(set)).toBe(plan.changes.filter(({ entry, was }) => !isSame(entry, was)).length);
          const bring = (listing: ReadonlyMap<string, string>): ReadonlyMap<string, string> => {
            expect(strangerIn(set, listing)).toBeUndefined();
            return listingWith(listing, deltaOf(set, listing).items);
          };
          steady = bring(steady);
          if (isLateThere) late = bring(late);
          const fresh = bring(listingOf(image));
          for (const listing of [steady, fresh, bring(late)])
            expect(filesIn(listing)).toEqual(filesIn(listingOf(wanted)));
        }
      }),
    );
  });
});

test('a file of the image that is not what its source was is noticed', () => {
  const set: SyncSet = { items: new Map(), untouched: new Map([['0/a', '1']]) };
  expect(
    strangerIn(
      set,
      new Map([
        ['0/a', '2'],
        ['0/b', '3'],
      ]),
    ),
  ).toBe('0/a');
  expect(strangerIn(set, new Map())).toBe('0/a');
});
