import { beforeEach, expect, test } from 'vitest';
import type { ApplyOptions } from '../../../src/releases/release-store.ts';
import { RunReleases } from '../../../src/watch/run-releases.ts';
import { FakeReleaseStore } from '../../fakes/release-store.ts';

const { signal } = new AbortController();
const spec = { name: 'web', namespace: 'small', chart: '/charts/web', values: { image: '1' } };
const options: ApplyOptions = { labels: { version: '1' }, signal };

let store: FakeReleaseStore;
let asked: ApplyOptions[];

beforeEach(() => {
  store = new FakeReleaseStore({ '/charts/web': ({ values }) => `image: ${String(values['image'])}` });
  asked = [];
  const apply = store.apply.bind(store);
  store.apply = (of, how) => {
    asked.push(how);
    return apply(of, how);
  };
});

const listed = async (): Promise<unknown[]> =>
  (await store.list(signal)).map(({ name, revision, labels }) => [name, revision, labels['version']]);

test('what was prepared is asked for once, and changes nothing before', async () => {
  await using releases = new RunReleases(store, { validates: false });
  releases.prepareApply(spec, options);
  releases.prepareApply(spec, options);
  expect(await listed()).toEqual([]);
  expect(releases.hasApplied).toBe(false);
  await releases.apply(spec, options);
  expect(await listed()).toEqual([['web', 1, '1']]);
  expect(releases.hasApplied).toBe(true);
  expect(asked.map(({ validates }) => validates)).toEqual([false]);
});

test('what was prepared and is not asked for never happens', async () => {
  {
    await using releases = new RunReleases(store, { validates: true });
    releases.prepareApply(spec, options);
  }
  expect(asked).toHaveLength(1);
  expect(await listed()).toEqual([]);
});

test('something else than what was prepared is asked for by itself', async () => {
  {
    await using releases = new RunReleases(store, { validates: true });
    releases.prepareApply(spec, options);
    await releases.apply(spec, { ...options, labels: { version: '2' } });
  }
  expect(await listed()).toEqual([['web', 1, '2']]);
});

test('a run that was stopped applies nothing, prepared or not', async () => {
  const stopped = { ...options, signal: AbortSignal.abort() };
  {
    await using releases = new RunReleases(store, { validates: true });
    releases.prepareApply(spec, options);
    expect(() => releases.apply(spec, stopped)).toThrow();
    expect(releases.hasApplied).toBe(false);
  }
  expect(await listed()).toEqual([]);
});

test('what was prepared is given up on by who asks for it', async () => {
  await using releases = new RunReleases(store, { validates: true });
  releases.prepareApply(spec, options);
  const giveUp = new AbortController();
  const [begun] = asked;
  await releases.apply(spec, { ...options, giveUp: giveUp.signal });
  expect(begun?.giveUp?.aborted).toBe(false);
  giveUp.abort();
  expect(begun?.giveUp?.aborted).toBe(true);
});
