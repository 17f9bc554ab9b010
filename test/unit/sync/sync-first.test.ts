// Sync first, then a new image: who is asked, and what is told of how it ended.

import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import type { ReleaseSpec } from '../../../src/releases/release-store.ts';
import type { EnvironmentRun } from '../../../src/up/environment-run.ts';
import type { SyncOutcome } from '../../../src/sync/file-sync.ts';
import { SyncFirst } from '../../../src/sync/sync-first.ts';
import type { RunEnd } from '../../../src/watch/watch-world.ts';

const service = 'release:web';
const spec: ReleaseSpec = { name: 'web', namespace: 'ns', chart: '/chart', values: {} };
const run = { releases: new Map([[service, spec]]) } as unknown as EnvironmentRun;
const broken = new Failure('release', 'it does not start');
const built: RunEnd = { name: 'served', report: { what: 'image web 1 → 2' } };

async function go(scene: {
  readonly outcome?: SyncOutcome;
  readonly end?: RunEnd;
  readonly helm?: string | undefined;
  readonly isAsked?: boolean;
}): Promise<{ end: RunEnd; calls: string[] }> {
  const calls: string[] = [];
  const { outcome = { kind: 'unfit' }, end = built, helm = 'image', isAsked = false } = scene;
  const first = new SyncFirst({
    sync: {
      bring: async () => (calls.push('sync'), outcome),
      prepare: () => void calls.push('prepare'),
      deployed: () => void calls.push('deployed'),
      servedOf: (_service, byHelm) => byHelm && `${byHelm} and files`,
    },
    servedOf: () => ('helm' in scene ? scene.helm : helm),
    isAsked: () => isAsked,
    rebuild: async () => (calls.push('rebuild'), end),
    onRefused: (_service, reason) => void calls.push(`refused: ${reason}`),
  });
  return { end: await first.run(service, run, new AbortController().signal), calls };
}

describe('a change of a service', () => {
  test('that can be synced needs nothing more', async () => {
    const { end, calls } = await go({ outcome: { kind: 'served', what: 'sync 1 file' } });
    expect(end).toEqual({ name: 'served', report: { what: 'sync 1 file' } });
    expect(calls).toEqual(['sync']);
  });

  test('with which the program does not start is not built either: what served before is told', async () => {
    const { end, calls } = await go({ outcome: { kind: 'failed', what: 'sync', failure: broken } });
    const served = 'image and files';
    expect(end).toEqual({ name: 'failed', served, failure: broken, report: { what: 'sync' } });
    expect(calls).toEqual(['sync']);
  });

  test('that is refused is built, and both say why', async () => {
    const { end, calls } = await go({ outcome: { kind: 'rebuild', reason: 'no rule covers a' } });
    expect(end.report.what).toBe('image web 1 → 2; not synced: no rule covers a');
    expect(calls).toEqual(['sync', 'refused: no rule covers a', 'prepare', 'rebuild', 'deployed']);
  });

  test('that sync is no matter of is built without a word', async () => {
    const { end, calls } = await go({});
    expect(end).toEqual(built);
    expect(calls).toEqual(['sync', 'prepare', 'rebuild', 'deployed']);
  });

  test.for([
    ['somebody asks to have it built', { isAsked: true }],
    ['helm has no version of it that is ready', { helm: undefined }],
  ] as const)('is built when %s', async ([, scene]) => {
    expect((await go(scene)).calls).toEqual(['prepare', 'rebuild', 'deployed']);
  });

  test.for(['failed', 'cancelled', 'stale'] as const)(
    'whose run has %s leaves the synced files served',
    async (name) => {
      const report = { what: 'image' };
      const end: RunEnd =
        name === 'failed'
          ? { name, served: 'image', failure: broken, report }
          : { name, served: 'image', report };
      const ended = await go({ end });
      expect(ended.end).toMatchObject({ name, served: 'image and files' });
      expect(ended.calls).toEqual(['sync', 'prepare', 'rebuild']);
    },
  );
});
