import { beforeEach, expect, test } from 'vitest';
import { Failure } from '../../../scripts/failure.ts';
import type { ReleaseSpec } from '../../../scripts/helm/release-store.ts';
import { RememberedReleases } from '../../../scripts/watch/remembered-releases.ts';
import { FakeReleaseStore } from '../../fakes/release-store.ts';

const { signal } = new AbortController();

let store: FakeReleaseStore;
let asked: string[];
let releases: RememberedReleases;

beforeEach(() => {
  asked = [];
  store = Object.assign(new FakeReleaseStore({}), {
    lint: async ({ values }: ReleaseSpec) => {
      asked.push(`lint ${String(values['image'])}`);
      if (values['image'] === 'broken') throw new Failure('chart', 'a broken chart');
    },
    render: async ({ values }: ReleaseSpec) => {
      asked.push(`render ${String(values['image'])}`);
      return `image: ${String(values['image'])}`;
    },
  });
  releases = new RememberedReleases(store, signal);
});

/** A spec that stands for this image with these settings. */
function known(image: string, settings: string): ReleaseSpec {
  const spec = { name: 'web', namespace: 'small', chart: '/charts/web', values: { image } };
  releases.know(spec, { fingerprint: `${image} ${settings}`, settings });
  return spec;
}

test('asks once for each version, whichever of its specs it is asked by', async () => {
  for (const spec of [known('1', 'a'), known('1', 'a')]) {
    releases.prepare(spec);
    await releases.lint(spec);
    expect(await releases.render(spec)).toBe('image: 1');
  }
  expect(asked).toEqual(['lint 1', 'render 1']);
});

test('with another image it is rendered anew, and not linted again; with another chart it is', async () => {
  for (const spec of [known('1', 'a'), known('2', 'a'), known('3', 'b')]) {
    await releases.lint(spec);
    expect(await releases.render(spec)).toBe(`image: ${String(spec.values['image'])}`);
  }
  expect(asked).toEqual(['lint 1', 'render 1', 'render 2', 'lint 3', 'render 3']);
});

test('what lint has against a chart, it has against it with any image', async () => {
  for (const spec of [known('broken', 'a'), known('2', 'a')])
    await expect(releases.lint(spec)).rejects.toThrow('a broken chart');
  expect(asked).toEqual(['lint broken']);
});

test('a spec of which nothing is known is asked each time', async () => {
  const spec = { name: 'web', namespace: 'small', chart: '/charts/web', values: { image: '1' } };
  await releases.lint(spec);
  await releases.lint(spec);
  expect(asked).toEqual(['lint 1', 'lint 1']);
});
