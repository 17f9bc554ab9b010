import { describe, expect, test } from 'vitest';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import { endBackOff } from '../../../src/releases/end-back-off.ts';
import { FakeClusterApi } from '../../fakes/cluster-api.ts';
import { deployment, pod, replicaSet, waits } from '../kubernetes/readiness/release-samples.ts';

const crashing = {
  ...waits('CrashLoopBackOff'),
  restartCount: 7,
  lastState: { terminated: { exitCode: 2, reason: 'Error' } },
};

async function end(...pods: ClusterObject[]): Promise<{ left: string[]; notes: string[] }> {
  const api = new FakeClusterApi();
  for (const object of [deployment(), replicaSet(2), ...pods]) api.add(object);
  const notes: string[] = [];
  const request = { api, manifest: [deployment()], note: (text: string) => void notes.push(text) };
  await endBackOff(request, { signal: new AbortController().signal, report: () => undefined });
  const left = api.objects.filter(({ kind }) => kind === 'Pod').map(({ metadata }) => metadata.name);
  return { left, notes };
}

describe('endBackOff', () => {
  test('replaces the pods that crash from before, and says so', async () => {
    const { left, notes } = await end(pod({ name: 'a', container: crashing }), pod({ name: 'b' }));
    expect(left).toEqual(['b']);
    expect(notes).toEqual([
      'restarted: pod a was crashing before (it ended with exit code 2, 8 times so far)',
    ]);
  });

  test('leaves alone what is ready, starting, or stuck for another reason', async () => {
    const pods = [
      pod({ name: 'ready' }),
      pod({ name: 'starting', container: waits('ContainerCreating') }),
      pod({ name: 'without-image', container: waits('ErrImageNeverPull') }),
      pod({ name: 'of-a-stranger', owner: 'other', container: crashing }),
    ];
    const { left, notes } = await end(...pods);
    expect(left).toEqual(['ready', 'starting', 'without-image', 'of-a-stranger']);
    expect(notes).toEqual([]);
  });
});
