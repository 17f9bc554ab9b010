import { beforeEach, expect, test } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import type { ReleaseSpec } from '../../../src/releases/release-store.ts';
import { RememberedReleases } from '../../../src/watch/remembered-releases.ts';
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

test('what failed is asked again, for the same version and for the next one', async () => {
  const spec = known('broken', 'a');
  await expect(releases.lint(spec)).rejects.toThrow('a broken chart');
  await expect(releases.lint(spec)).rejects.toThrow('a broken chart');
  await releases.lint(known('2', 'a'));
  expect(asked).toEqual(['lint broken', 'lint broken', 'lint 2']);
});

test('a rendering that was refused once is rendered at the next try', async () => {
  const spec = known('1', 'a');
  const render = store.render.bind(store);
  store.render = async () => {
    store.render = render;
    throw new Failure('cluster', 'no memory just now');
  };
  await expect(releases.render(spec)).rejects.toThrow('no memory just now');
  expect(await releases.render(spec)).toBe('image: 1');
});

test('a spec of which nothing is known is asked each time', async () => {
  const spec = { name: 'web', namespace: 'small', chart: '/charts/web', values: { image: '1' } };
  await releases.lint(spec);
  await releases.lint(spec);
  expect(asked).toEqual(['lint 1', 'lint 1']);
});
