import { describe, expect, test } from 'vitest';
import type { Addon } from '../../../src/addons/addon.ts';
import { Failure } from '../../../src/failure.ts';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import { freeStuckSets } from '../../../src/kubernetes/free-stuck-sets.ts';
import { parseManifest } from '../../../src/kubernetes/parse-manifest.ts';
import type { Step } from '../../../src/plan/step.ts';
import { installRelease } from '../../../src/releases/install-release.ts';
import type { Progress } from '../../../src/task.ts';
import { FakeReleaseStore } from '../../fakes/release-store.ts';
import { failureOf } from '../../support/failure-of.ts';
import { CLUSTER, openScene, type Scene, WEB } from '../up/scene.ts';

const step: Step = {
  ...{ id: 'release:web', group: 'release', subject: 'web', title: 'Release web', needs: [] },
  ...{ lane: 'cluster', action: 'do', reason: 'not installed' },
};
const pod = { apiVersion: 'v1', kind: 'Pod', name: 'web', namespace: 'small' };
const release = { name: 'web', namespace: 'small' };

/** A cluster with the namespace and the image that the release needs. */
async function openReady(changes: Parameters<typeof openScene>[0] = {}): Promise<Scene> {
  const scene = await openScene(changes);
  await scene.startCluster();
  scene.machine.cluster!.api.add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'small' } });
  scene.machine.images.add(WEB);
  await scene.machine.loader.load({ references: [WEB], nodes: [`${CLUSTER}-control-plane`] }, scene.task);
  return scene;
}

function states({ events }: Scene): string[] {
  return events.flatMap((event) => (event.type === 'release-state' ? [event.to] : []));
}

function applies({ machine }: Scene): number {
  return machine.cluster!.releases.calls.filter((call) => call.startsWith('apply')).length;
}

/** The same release in another run, of which nothing has been told yet. */
async function again(scene: Scene, fingerprint = 'fingerprint-1'): Promise<{ note: string; told: string[] }> {
  const next = await openScene();
  const [desired] = scene.run.desired.releases;
  const releases = [{ ...desired!, fingerprint }];
  const run = { ...scene.run, desired: { ...scene.run.desired, releases } };
  const note = await installRelease(
    { ...scene.tools, tracker: next.tools.tracker, run },
    step,
    scene.task,
    intend,
  );
  await next[Symbol.asyncDispose]();
  return { note, told: states(next) };
}

const intend = async (): Promise<void> => undefined;

describe('installRelease', () => {
  test('installs a release that is not there, with our labels and its fingerprint', async () => {
    await using scene = await openReady();
    expect(await installRelease(scene.tools, step, scene.task, intend)).toBe('revision 1');
    const [stored] = await scene.machine.releases.list(scene.signal);
    expect(stored).toMatchObject({
      ...release,
      labels: { 'slipway.dev/owner': 'slipway', 'slipway.dev/fingerprint': 'fingerprint-1' },
    });
    expect(states(scene)).toEqual(['Installing', 'Pending', 'Running', 'Ready']);
  });

  test('waits for objects that a broken-off removal is still taking away', async () => {
    await using scene = await openReady();
    const { api } = scene.machine.cluster!;
    const { apiVersion, kind, ...metadata } = pod;
    api.add({ apiVersion, kind, metadata });
    api.linger(pod, 2);
    await api.delete(pod, scene.signal);
    await installRelease(scene.tools, step, scene.task, intend);
    expect((await api.get(pod, scene.signal))?.metadata.deletionTimestamp).toBeUndefined();
    expect(states(scene).at(-1)).toBe('Ready');
  });

  test('upgrades a release of another fingerprint', async () => {
    await using scene = await openReady();
    await installRelease(scene.tools, step, scene.task, intend);
    expect(await again(scene, 'fingerprint-2')).toEqual({
      ...{ note: 'revision 2', told: ['Upgrading', 'Pending', 'Running', 'Ready'] },
    });
  });

  test('applies an unchanged release again when one of its objects was deleted', async () => {
    await using scene = await openReady();
    await installRelease(scene.tools, step, scene.task, intend);
    scene.machine.cluster!.api.remove(pod);
    expect((await again(scene)).note).toBe('revision 2');
    expect(await scene.machine.api.get(pod, scene.signal)).toBeDefined();
  });

  test('applies an unchanged release again when one of its objects is on its way out', async () => {
    await using scene = await openReady();
    await installRelease(scene.tools, step, scene.task, intend);
    scene.machine.cluster!.api.linger(pod, 2);
    await scene.machine.api.delete(pod, scene.signal);
    expect((await again(scene)).note).toBe('revision 2');
    expect((await scene.machine.api.get(pod, scene.signal))?.metadata.deletionTimestamp).toBeUndefined();
  });

  test('only waits for an unchanged release whose pods are on their way', async () => {
    await using scene = await openReady();
    await installRelease(scene.tools, step, scene.task, intend);
    const { api } = scene.machine.cluster!;
    const running = (await api.get(pod, scene.signal))!;
    const status = { ...(running['status'] as object), conditions: [{ type: 'Ready', status: 'False' }] };
    api.add({ ...running, status });
    const report = ({ text }: { text: string }): void => {
      if (text.startsWith('waiting')) api.add(running);
    };
    const task = { signal: scene.signal, report };
    expect(await installRelease(scene.tools, step, task, intend)).toBe('revision 1');
    expect(applies(scene)).toBe(1);
  });

  test('applies a release that helm calls failed, although nothing has changed', async () => {
    await using scene = await openReady();
    await installRelease(scene.tools, step, scene.task, intend);
    scene.machine.cluster!.releases.setStatus(release, 'failed');
    expect((await again(scene)).note).toBe('revision 2');
  });

  test('tells the Failed state and the error when helm refuses', async () => {
    await using scene = await openReady();
    scene.machine.cluster!.releases.failNext('apply', 'web', new Failure('release', 'it is immutable'));
    expect((await failureOf(installRelease(scene.tools, step, scene.task, intend))).message).toBe(
      'it is immutable',
    );
    expect(states(scene)).toEqual(['Installing', 'Failed']);
  });

  test('changes nothing in the cluster when the chart cannot be rendered, and says all that lint says', async () => {
    await using scene = await openReady();
    const details = ['no such value', 'no such template'];
    scene.machine.charts.failNext('lint', 'web', new Failure('chart', 'two mistakes', { details }));
    scene.machine.charts.failNext('render', 'web', new Failure('chart', 'no such value'));
    const failure = await failureOf(installRelease(scene.tools, step, scene.task, intend));
    expect([failure.code, failure.details]).toEqual(['chart', details]);
    expect([applies(scene), states(scene)]).toEqual([0, []]);
  });

  test('what lint refuses and helm installs is installed, with a note', async () => {
    await using scene = await openReady();
    const details = ['templates/two.json: the extension is wrong'];
    scene.machine.charts.failNext('lint', 'web', new Failure('chart', 'cannot accept', { details }));
    expect(await installRelease(scene.tools, step, scene.task, intend)).toBe('revision 1');
    expect(scene.notes).toEqual([`helm lint on the chart of web: ${details[0]}`]);
  });

  test('a release is the same although its objects have other names each time it is rendered', async () => {
    await using scene = await openReady();
    let rendered = 0;
    const chart = (): string =>
      JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: `made-up-${++rendered}` } });
    const spec = { ...release, chart: '/charts/odd', values: {} };
    const releases = new FakeReleaseStore({ '/charts/odd': chart });
    const apply = releases.apply.bind(releases);
    releases.apply = async (...given) => {
      const stored = await apply(...given);
      const [object] = parseManifest(stored.manifest!, 'small');
      scene.machine.cluster!.api.add(object!);
      return stored;
    };
    const run = { ...scene.run, releases: new Map([['release:web', spec]]) };
    expect(await installRelease({ ...scene.tools, releases, run }, step, scene.task, intend)).toBe(
      'revision 1',
    );
    const next = await openScene();
    const tools = { ...scene.tools, releases, run, tracker: next.tools.tracker };
    expect(await installRelease(tools, step, scene.task, intend)).toBe('revision 1');
    await next[Symbol.asyncDispose]();
  });

  test('frees a StatefulSet that waits for a broken pod of the version before', async () => {
    await using scene = await openReady();
    const { api } = scene.machine.cluster!;
    const set = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'web', namespace: 'small' } };
    const ofSet = (name: string, revision: string, status: 'True' | 'False'): ClusterObject => ({
      ...{ apiVersion: 'v1', kind: 'Pod', status: { conditions: [{ type: 'Ready', status }] } },
      metadata: {
        ...{ name, namespace: 'small', labels: { 'controller-revision-hash': revision } },
        ownerReferences: [{ kind: 'StatefulSet', name: 'web', uid: 'set' }],
      },
    });
    const live = {
      ...set,
      metadata: { ...set.metadata, uid: 'set' },
      status: { updateRevision: 'b', currentRevision: 'a' },
    };
    api.add(live);
    api.add(ofSet('web-0', 'a', 'True'));
    api.add(ofSet('web-1', 'a', 'False'));
    api.add(ofSet('web-2', 'b', 'False'));
    api.add(ofSet('other-0', 'a', 'False'));
    api.edit({
      ...{ apiVersion: 'v1', kind: 'Pod' },
      metadata: {
        ...{ name: 'other-0', namespace: 'small' },
        ownerReferences: [{ kind: 'StatefulSet', name: 'other', uid: 'another' }],
      },
    });
    const notes: string[] = [];
    await freeStuckSets({ api, manifest: [set], note: (text) => void notes.push(text) }, scene.task);
    expect(notes).toEqual(['restarted: pod web-1 of an earlier version does not get ready']);
    const pods = await api.list({ apiVersion: 'v1', kind: 'Pod', namespace: 'small' }, scene.signal);
    expect(pods.map(({ metadata }) => metadata.name)).toEqual(['web-0', 'web-2', 'other-0']);
  });

  test('an interrupted release has not failed', async () => {
    await using scene = await openReady();
    const stop = new AbortController();
    const report = ({ text }: { text: string }): void => {
      if (text === 'helm install') stop.abort(new Failure('interrupted', 'interrupted'));
    };
    const failure = await failureOf(
      installRelease(scene.tools, step, { signal: stop.signal, report }, intend),
    );
    expect(failure.code).toBe('interrupted');
    expect(states(scene)).toEqual(['Installing']);
  });

  test('says that a release had to be repaired', async () => {
    await using scene = await openReady();
    await installRelease(scene.tools, step, scene.task, intend);
    scene.machine.cluster!.releases.setStatus(release, 'pending-upgrade');
    await again(scene);
    expect(scene.notes).toEqual(['it was pending-upgrade']);
  });

  test('puts definitions back that helm does not look after, and waits until they are served before helm brings what needs them', async () => {
    const definition = (name: string, isServed: 'True' | 'False') => ({
      ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name } },
      status: { conditions: [{ type: 'Established', status: isServed }] },
    });
    const beside = definition('components.dapr.io', 'False');
    const inside = definition('others.dapr.io', 'True');
    const chart = (): string => [beside, inside].map((object) => JSON.stringify(object)).join('\n---\n');
    const spec = { name: 'dapr', namespace: 'dapr-system', chart: '/charts/dapr', values: {} };
    await using scene = await openReady({ releases: new Map([['release:web', spec]]) });
    const { api } = scene.machine.cluster!;
    const releases = new FakeReleaseStore({ '/charts/dapr': chart });
    const names = () =>
      api.objects.map(({ metadata }) => metadata.name).filter((name) => name.includes('dapr'));
    const apply = releases.apply.bind(releases);
    const served = definition('components.dapr.io', 'True');
    const report = ({ text }: Progress): void => void (text.startsWith('waiting for') && api.add(served));
    releases.apply = (...given) => {
      expect(names()).toEqual(['components.dapr.io']);
      expect(api.objects).toContainEqual(
        expect.objectContaining({ status: served.status, kind: served.kind }),
      );
      api.add(inside);
      return apply(...given);
    };
    const [first] = scene.run.desired.releases;
    const desired = {
      ...scene.run.desired,
      releases: [{ ...first!, name: 'dapr', namespace: 'dapr-system' }],
    };
    const tools = { ...scene.tools, releases, run: { ...scene.run, desired } };
    const note = await installRelease(tools, step, { ...scene.task, report }, intend);
    expect([note, names()]).toEqual(['revision 1', ['components.dapr.io', 'others.dapr.io']]);
  });

  test('an addon is ready only when it is proven', async () => {
    const spec = { ...release, chart: '/charts/web', values: { image: WEB } };
    const addon: Addon = {
      ...{ name: 'web', version: '1', artifacts: [], images: [WEB], release: spec },
      verify: async ({ api }, task) => {
        expect(await api.get(pod, task.signal)).toBeDefined();
        throw new Failure('addon', 'it does not answer');
      },
    };
    await using scene = await openReady({
      addons: new Map([['web', addon]]),
      releases: new Map([['addon:web', spec]]),
    });
    const [desired] = scene.run.desired.releases;
    const releases = [{ ...desired!, group: 'addon' as const }];
    const tools = { ...scene.tools, run: { ...scene.run, desired: { ...scene.run.desired, releases } } };
    const addonStep: Step = { ...step, id: 'addon:web', group: 'addon' };
    const failure = await failureOf(installRelease(tools, addonStep, scene.task, intend));
    expect(failure.message).toBe('it does not answer');
    expect(states(scene)).toEqual(['Installing', 'Pending', 'Running', 'Failed']);
  });
});
