// A pod that should have a Dapr sidecar and has none: found by status, healed by up.

import { expect, test } from 'vitest';
import { makeBarePod } from '../support/bare-pod.ts';
import { expectExit, startedSteps } from '../support/run-slipway.ts';
import type { TodoStory } from '../support/todo-story.ts';

/** Registers the test; the environment is up before and after it. */
export function sidecarTests(story: () => TodoStory): void {
  test('a pod that came up without its sidecar: status names it, up heals it and touches nothing else', async ({
    signal,
  }) => {
    const { api } = story().cluster;
    const others = async (): Promise<unknown> =>
      Object.entries(await story().cluster.podUids(signal)).filter(([pod]) => !pod.startsWith('backend-'));
    const before = await others();
    const labelSelector = 'app.kubernetes.io/name=backend';
    const bare = await makeBarePod({ api, namespace: 'todo', labelSelector }, signal);

    const status = await story().run({ command: 'status', signal });
    expectExit(status, 1);
    expect(status.text).toMatch(new RegExp(`"todo/backend","state":"Degraded".*${bare}`));

    const run = await story().run({ command: 'up', signal });
    expectExit(run, 0);
    expect(startedSteps(run).filter((id) => !id.startsWith('policy:'))).toEqual(['release:backend']);
    expect(await others()).toEqual(before);
    expect(Object.keys(await story().cluster.podUids(signal))).not.toContain(bare);
    expectExit(await story().run({ command: 'status', signal }), 0);
  });
}
