import { describe, expect, test } from 'vitest';
import { engineEntries, type EngineUsage } from '../../../src/prune/engine-entries.ts';
import { planPrune, type LedgerEntry } from '../../../src/prune/ledger-entry.ts';

const DAY = 86_400_000;
const NOW = 100 * DAY;
const NODE = 'slipway.local/node-image:sha-000000000001';
const WEB = 'slipway.local/todo/web:sha-000000000001';
const base = (version: number): string => `slipway.local/base:sha-00000000000${version}`;

function entry(id: string, ageDays: number, more: Partial<LedgerEntry> = {}): LedgerEntry {
  return { kind: 'artifact', id, sizeBytes: 1, usedAtMs: NOW - ageDays * DAY, ...more };
}

function removed(entries: readonly LedgerEntry[], clusters: readonly string[] = []): string[] {
  const rules = { nowMs: NOW, olderThanMs: 14 * DAY, clusters: new Set(clusters) };
  return planPrune(entries, rules)
    .filter(({ verdict }) => verdict === 'remove')
    .map(({ entry: { id } }) => id);
}

describe('planPrune', () => {
  test('removes what is older than the limit, and not what is held', () => {
    const held = entry('held', 99, { heldBy: 'container x' });
    expect(removed([entry('young', 13), entry('old', 15), held])).toEqual(['old']);
  });

  test('keeps the newest of a shared group as long as any environment lives', () => {
    const versions = [entry('older', 30, { group: 'g' }), entry('newest', 20, { group: 'g' })];
    expect(removed(versions, ['todo'])).toEqual(['older']);
    expect(removed(versions)).toEqual(['older', 'newest']);
  });

  test('keeps the newest image of an environment as long as the cluster lives that it shares', () => {
    const image = entry('newest', 20, { group: 'g', cluster: 'todo.second' });
    expect(removed([image], ['todo'])).toEqual([]);
    expect(removed([image], ['second'])).toEqual(['newest']);
  });

  test('keeps the newest image of an environment as long as that one lives', () => {
    const of = (cluster: string, id: string, age: number) =>
      entry(id, age, { kind: 'image', group: 'web', cluster });
    const images = [of('todo', 'todo-1', 30), of('todo', 'todo-2', 20), of('gone', 'gone-1', 20)];
    expect(removed(images, ['todo'])).toEqual(['todo-1', 'gone-1']);
  });

  test('keeps the only one of its group, made at whatever time', () => {
    expect(removed([entry('only', 100, { group: 'g' })], ['todo'])).toEqual([]);
  });
});

describe('engineEntries', () => {
  const ours = { 'dev.slipway.owner': 'slipway' };
  const web = { ...ours, 'dev.slipway.cluster': 'todo', 'dev.slipway.image': 'web' };
  const image = (
    Id: string,
    RepoTags: string[] | null,
    Labels: Record<string, string> | null,
    ParentId = '',
  ) => ({
    ...{ Id, RepoTags, Labels, ParentId, Size: 100, SharedSize: 60, Created: 1_000 },
  });
  const node = {
    Names: ['/todo-control-plane'],
    ImageID: 'node',
    Labels: { ...ours, 'io.x-k8s.kind.cluster': 'todo' },
    Mounts: [{ Type: 'volume', Name: 'v' }, { Type: 'bind' }],
  };
  const usage: EngineUsage = {
    disk: {
      Images: [
        image('node', [NODE], ours),
        image('web', [WEB], web),
        image('renamed', [base(1), 'mine/base:1'], ours),
        image('wanted', [base(2)], ours),
        image('stage', ['<none>:<none>'], { ...web, 'dev.slipway.stage': 'building' }),
        image('below', null, { ...ours, 'dev.slipway.stage': 'building' }),
        // Built FROM one of ours, with a name, with one that looks like ours, and with none.
        image('child', ['mine/web:1'], { ...web, 'dev.slipway.stage': 'no' }),
        image('pretender', [`slipway.local/todo/other:sha-${'0'.repeat(12)}`], web),
        image('dangling', null, { ...web, 'dev.slipway.stage': 'no' }),
        image('foreign', ['debian:13'], null, 'below'),
      ],
      Volumes: [
        { Name: 'v', CreatedAt: '2026-01-01T00:00:00Z', UsageData: { Size: 7 } },
        { Name: 'foreign', UsageData: { Size: 7 } },
      ],
    },
    containers: [node, { Names: ['/x'], ImageID: 'foreign', Labels: {} }],
  };
  const entries = new Map(engineEntries(usage, new Set([base(2)])).map((found) => [found.id, found]));

  test('names what has the name that its labels say, what a build left on its way, and nothing else', () => {
    expect([...entries.keys()]).toEqual([NODE, WEB, base(1), base(2), 'stage', 'below', 'v']);
  });

  test.each([
    [NODE, 'container todo-control-plane'],
    [base(1), 'it has a name that is not ours'],
    [base(2), 'an environment wants it'],
    ['below', 'an image stands on it'],
    ['v', 'container todo-control-plane'],
    [WEB, undefined],
    ['stage', undefined],
  ])('%s is held by: %s', (id, heldBy) => {
    expect(entries.get(id)?.heldBy).toBe(heldBy);
  });

  test('counts only the bytes that no other image has, and knows the cluster', () => {
    expect(entries.get(WEB)).toMatchObject({
      ...{ sizeBytes: 40, usedAtMs: 1_000_000, cluster: 'todo', group: 'slipway.local/todo/web' },
    });
    expect(entries.get('v')).toMatchObject({ kind: 'volume', sizeBytes: 7, cluster: 'todo' });
  });
});
