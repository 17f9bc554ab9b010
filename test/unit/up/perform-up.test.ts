import { describe, expect, test } from 'vitest';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import { ownershipLabels } from '../../../src/kubernetes/ownership.ts';
import type { Resource, Step } from '../../../src/plan/step.ts';
import { recordMaking } from '../../../src/run/journalled.ts';
import { performUp } from '../../../src/up/perform-up.ts';
import { failureOf } from '../../support/failure-of.ts';
import { openScene, type Scene } from './scene.ts';

const steps: Record<'namespace' | 'secret' | 'release', Step> = {
  namespace: stepFor('namespace', 'small', { kind: 'namespace', name: 'small', after: [] }),
  secret: stepFor('secret', 'database', {
    ...{ kind: 'secret', name: 'database', namespace: 'small', after: [] },
  }),
  release: stepFor('release', 'web', { kind: 'release', name: 'web', namespace: 'small', after: [] }),
};

function stepFor(group: Step['group'], subject: string, resource: Resource): Step {
  return {
    ...{ id: `${group}:${subject}`, group, subject, title: subject, needs: [], lane: 'cluster' },
    ...{ action: 'do', reason: 'not there yet', resource },
  };
}

function perform(scene: Scene, step: Step): Promise<unknown> {
  return recordMaking(scene.journal, performUp(scene.tools))(step, scene.task);
}

describe.each([
  ['somebody else', {}],
  ['another environment', ownershipLabels('other')],
])('what belongs to %s is refused, not changed, and nothing of it is in the journal:', (_whose, labels) => {
  test.each<[string, Step, readonly object[]]>([
    ['a namespace', steps.namespace, [{ kind: 'Namespace', metadata: { name: 'small', labels } }]],
    [
      'a Secret',
      steps.secret,
      [
        { kind: 'Namespace', metadata: { name: 'small' } },
        { kind: 'Secret', metadata: { name: 'database', namespace: 'small', labels } },
      ],
    ],
  ])('%s', async (_title, step, objects) => {
    await using scene = await openScene();
    await scene.startCluster();
    const { api } = scene.machine.cluster!;
    for (const object of objects) api.add({ apiVersion: 'v1', ...object } as ClusterObject);
    const before = structuredClone(api.objects);
    expect((await failureOf(perform(scene, step))).code).toBe('ownership');
    expect(api.objects).toEqual(before);
    expect(scene.journal.outstanding()).toEqual([]);
  });

  test('a release', async () => {
    await using scene = await openScene();
    await scene.startCluster();
    const { api, releases } = scene.machine.cluster!;
    api.add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'small' } });
    releases.add({ ...{ name: 'web', namespace: 'small', revision: 7, labels }, status: 'deployed' });
    expect((await failureOf(perform(scene, steps.release))).code).toBe('ownership');
    expect(await releases.list(scene.signal)).toMatchObject([{ revision: 7 }]);
    expect(scene.journal.outstanding()).toEqual([]);
  });
});
