import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import { engineEntries, type EngineUsage } from '../../../src/prune/engine-entries.ts';
import { planPrune } from '../../../src/prune/ledger-entry.ts';
import { removeEntry } from '../../../src/prune/perform-prune.ts';
import { caseCount, generatedTimeoutMs } from '../../support/case-count.ts';
import { EnvironmentStory } from '../../support/environment-story.ts';
import { type ForeignImage, foreignLabels, ForeignWorld } from '../../support/foreign-world.ts';
import { smallPlot } from '../../support/small-environment.ts';

const { signal } = new AbortController();

const flags = fc.record({
  keepCluster: fc.boolean(),
  keepImages: fc.boolean(),
});
const labels = fc.constantFrom(...foreignLabels);

/** Lines of a journal that name what is not ours, as damage or another version might have left them. */
const lies = [
  { kind: 'namespace', name: 'theirs', after: [] },
  { kind: 'namespace', name: 'kube-system', after: [] },
  { kind: 'secret', name: 'data', namespace: 'theirs', after: [] },
  { kind: 'release', name: 'web', namespace: 'theirs', after: [], groups: ['apps'] },
  { kind: 'image', reference: 'theirs/app:1', after: [] },
  { kind: 'image', reference: 'theirs/app:2', after: [] },
  { kind: 'cluster', name: 'theirs', driver: 'kind', after: [] },
].map((resource) => `${JSON.stringify({ v: 1, at: '2026-01-01T00:00:00Z', mark: 'made', resource })}\n`);

const damage = fc.constantFrom(
  '',
  'garbage',
  '[]',
  'null',
  '{}\n',
  '{"clusterName":"../../theirs"}',
  '\0\0',
  ...lies,
);

const act = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('up' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('down' as const), flags }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('prune' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('image' as const),
      how: fc.constantFrom<ForeignImage>('own', 'tag', 'built', 'nameless'),
      labels,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('namespace' as const),
      name: fc.constantFrom('theirs', 'small', 'controller'),
      labels,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('damage' as const), file: fc.nat({ max: 20 }), text: damage }),
  },
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

/** All of ours that is not in use may go, whatever its age. */
async function prune({ machine }: EnvironmentStory): Promise<void> {
  const images = await machine.images.list({}, signal);
  const usage: EngineUsage = {
    disk: {
      Images: images.map((image) => ({
        ...{ Id: image.id, ParentId: '', RepoTags: image.references.filter((name) => name !== image.id) },
        ...{ Labels: image.labels, Size: image.sizeBytes, SharedSize: 0, Created: 0 },
      })),
    },
    containers: [],
  };
  const rules = { nowMs: Date.now(), olderThanMs: 0, clusters: new Set<string>() };
  for (const { entry, verdict } of planPrune(engineEntries(usage, new Set()), rules))
    if (verdict === 'remove')
      await removeEntry({ images: machine.images, sweep: async () => undefined }, entry, signal);
}

/** A file of the state folder says something else from now on; a journal says it, too. */
function spoil({ stateFolder }: EnvironmentStory, file: number, text: string): void {
  if (!existsSync(stateFolder)) return;
  const names = readdirSync(stateFolder, { withFileTypes: true }).flatMap((one) =>
    one.isFile() ? one.name : [],
  );
  const name = names.sort()[file % Math.max(1, names.length)];
  if (name === undefined) return;
  const isLine = name === 'journal.jsonl' && text.startsWith('{"v":1');
  writeFileSync(join(stateFolder, name), text, { flag: isLine ? 'a' : 'w' });
}

async function play(story: EnvironmentStory, world: ForeignWorld, what: Act): Promise<unknown> {
  switch (what.do) {
    case 'up':
      return (await story.up()).error;
    case 'down':
      return (await story.down(undefined, what.flags)).error;
    case 'prune':
      return prune(story);
    case 'image':
      return world.addImage(what.how, what.labels);
    case 'namespace':
      return world.addNamespace(what.name, what.labels);
    case 'damage':
      return spoil(story, what.file, what.text);
  }
}

test(
  'whatever is done and whatever is damaged, nothing is changed that is not ours',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 3, maxLength: 10 }), async (acts) => {
        await using story = await EnvironmentStory.begin(smallPlot);
        const world = new ForeignWorld(story.machine, join(story.stateFolder, '..', 'theirs'));
        for (const what of [{ do: 'up' as const }, ...acts]) {
          const error = await play(story, world, what).catch((thrown: unknown) => thrown);
          // A refusal says why; anything else is a bug.
          if (error !== undefined && !(error instanceof Failure)) throw error;
          expect(await world.changes()).toEqual([]);
        }
      }),
      { numRuns: caseCount(0.1) },
    );
  },
  generatedTimeoutMs,
);
