import { describe, expect, test } from 'vitest';
import { engineEntries, type EngineUsage } from '../../../scripts/ledger/engine-entries.ts';
import { planPrune, type LedgerEntry } from '../../../scripts/ledger/ledger-entry.ts';

const DAY = 86_400_000;
const NOW = 100 * DAY;

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
        image('node', ['slipway.local/node-image:sha-1'], ours),
        image('web', ['slipway.local/todo/web:sha-1'], { ...ours, 'dev.slipway.cluster': 'todo' }),
        image('renamed', ['slipway.local/base:sha-1', 'mine/base:1'], ours),
        image('wanted', ['slipway.local/base:sha-2'], ours),
        image('stage', ['<none>:<none>'], ours),
        image('below', null, ours),
        image('foreign', ['debian:13'], null, 'below'),
      ],
      Volumes: [
        { Name: 'v', CreatedAt: '2026-01-01T00:00:00Z', UsageData: { Size: 7 } },
        { Name: 'foreign', UsageData: { Size: 7 } },
      ],
    },
    containers: [node, { Names: ['/x'], ImageID: 'foreign', Labels: {} }],
  };
  const entries = new Map(
    engineEntries(usage, new Set(['slipway.local/base:sha-2'])).map((found) => [found.id, found]),
  );

  test('names what carries our label, and nothing else', () => {
    expect([...entries.keys()]).toEqual([
      ...['slipway.local/node-image:sha-1', 'slipway.local/todo/web:sha-1', 'slipway.local/base:sha-1'],
      ...['mine/base:1', 'slipway.local/base:sha-2', 'stage', 'below', 'v'],
    ]);
  });

  test.each([
    ['slipway.local/node-image:sha-1', 'container todo-control-plane'],
    ['slipway.local/base:sha-1', 'it has a name that is not ours'],
    ['mine/base:1', 'it has a name that is not ours'],
    ['slipway.local/base:sha-2', 'an environment wants it'],
    ['below', 'an image stands on it'],
    ['v', 'container todo-control-plane'],
    ['slipway.local/todo/web:sha-1', undefined],
    ['stage', undefined],
  ])('%s is held by: %s', (id, heldBy) => {
    expect(entries.get(id)?.heldBy).toBe(heldBy);
  });

  test('counts only the bytes that no other image has, and knows the cluster', () => {
    expect(entries.get('slipway.local/todo/web:sha-1')).toMatchObject({
      ...{ sizeBytes: 40, usedAtMs: 1_000_000, cluster: 'todo', group: 'slipway.local/todo/web' },
    });
    expect(entries.get('v')).toMatchObject({ kind: 'volume', sizeBytes: 7, cluster: 'todo' });
  });
});
