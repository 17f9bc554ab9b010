import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/failure.ts';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import { ownershipLabels } from '../../../src/kubernetes/ownership.ts';
import { EnvironmentStory } from '../../support/environment-story.ts';
import { smallPlot } from '../../support/small-environment.ts';

const keepCluster = { keepCluster: true };

describe('taking an environment down', () => {
  test('with the cluster kept, and its API silent, is a failure that changes nothing and forgets nothing', async () => {
    await using story = await EnvironmentStory.begin(smallPlot);
    await story.up();
    const before = await story.look();
    story.machine.cluster!.api.failNext(new Failure('cluster', 'connection refused'));
    const down = await story.down(undefined, keepCluster);
    expect(down.error).toMatchObject({ code: 'cluster', hint: expect.stringContaining('--keep-cluster') });
    expect(await story.look()).toEqual(before);
    // And when it answers again, all of it goes.
    expect((await story.down(undefined, keepCluster)).error).toBeUndefined();
    expect((await story.look()).releases).toEqual([]);
  });

  test('without it, a cluster whose API is silent goes with all that is in it', async () => {
    await using story = await EnvironmentStory.begin(smallPlot);
    await story.up();
    story.machine.cluster!.api.failNext(new Failure('cluster', 'connection refused'));
    expect((await story.down()).error).toBeUndefined();
    expect((await story.look()).journal).toEqual([]);
  });

  test('keeps an image that is in use in the journal, and says that it is left; the next down takes it', async () => {
    await using story = await EnvironmentStory.begin(smallPlot);
    await story.up();
    const { images } = story.machine;
    const image = images.references.find((reference) => reference.includes('/backend:'))!;
    images.use(image);
    const { error, kept } = await story.down();
    expect(error).toBeUndefined();
    expect(kept).toMatchObject([{ resource: { kind: 'image', reference: image } }]);
    expect((await story.look()).journal).toEqual([expect.stringContaining(image)]);
    images.release(image);
    expect((await story.down()).kept).toEqual([]);
    expect((await story.look()).journal).toEqual([]);
  });

  test('leaves a namespace that was there before, with all that is in it, although `up` wanted it', async () => {
    await using story = await EnvironmentStory.begin(smallPlot);
    await story.up();
    await story.down(undefined, keepCluster);
    const { api } = story.machine.cluster!;
    const theirs: ClusterObject[] = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'small', uid: 'theirs', labels: {} } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'data', namespace: 'small', labels: {} } },
    ];
    for (const object of theirs) api.add(object);
    expect((await story.up()).error).toMatchObject({ code: 'ownership' });
    expect((await story.down(undefined, keepCluster)).error).toBeUndefined();
    expect(api.objects).toEqual(expect.arrayContaining(theirs));
  });

  test('leaves what belongs to another environment in the same cluster', async () => {
    await using story = await EnvironmentStory.begin(smallPlot);
    await story.up();
    const { api } = story.machine.cluster!;
    const labels = ownershipLabels('another');
    const theirs: ClusterObject = {
      ...{ apiVersion: 'v1', kind: 'Namespace' },
      metadata: { name: 'another', uid: 'theirs', labels },
    };
    api.add(theirs);
    expect((await story.down(undefined, keepCluster)).error).toBeUndefined();
    expect(api.objects).toEqual(expect.arrayContaining([theirs]));
  });
});
