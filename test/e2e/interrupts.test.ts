// Ctrl+C while something is being made, each time from where the one before it ended; then on to the end, and back to
// nothing.

import { access } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import type { RunEvent } from '../../src/run/events.ts';
import { docker } from '../support/leftovers.ts';
import { needEngine } from '../support/need-engine.ts';
import { endOf, expectExit, orphansAfter, startedSteps } from '../support/run-slipway.ts';
import { TodoStory } from '../support/todo-story.ts';

/** No process may live on for longer after an interrupt. */
const withinMs = 10_000;

describe('An interrupted up', () => {
  let story: TodoStory;

  beforeAll(async () => {
    if (!inject('engineProblem')) story = await TodoStory.begin();
  });
  beforeEach((context) => {
    context.skip(process.platform !== 'linux', 'processes are looked for in /proc, which only Linux has');
    needEngine(context);
  });
  afterAll(async () => {
    await story?.end();
  });

  async function interruptUp(
    isTheMoment: (event: RunEvent) => boolean,
    signal: AbortSignal,
  ): Promise<string[]> {
    const run = await story.run({ command: 'up', interruptAt: isTheMoment, signal });
    expectExit(run, 130);
    // The command itself is among them: what looks for orphans can find something.
    expect(run.processesAtInterrupt).toContainEqual(expect.stringContaining('up.ts'));
    expect(run.msAfterInterrupt).toBeLessThan(withinMs);
    expect(endOf(run)?.outcome).toBe('interrupted');
    expect(run.events.filter((event) => event.type === 'step-failed')).toEqual([]);
    expect(await orphansAfter(run, withinMs - run.msAfterInterrupt!, signal)).toEqual([]);
    return startedSteps(run);
  }

  test('during the creation of the cluster leaves no process and no half of a cluster', async ({
    signal,
  }) => {
    // The node is being made ready: its container runs.
    const isCreating = (event: RunEvent): boolean =>
      event.type === 'step-progress' && event.id.startsWith('cluster:') && /control-plane/i.test(event.text);
    const started = await interruptUp(isCreating, signal);

    expect(started).toContain(`cluster:${story.project.clusterName}`);
    const label = `label=io.x-k8s.kind.cluster=${story.project.clusterName}`;
    expect(await docker('ps', '--all', '--quiet', '--filter', label)).toEqual([]);
  });

  test('during an image build leaves no process, and the engine no longer builds', async ({ signal }) => {
    // An instruction that would still run long after the test.
    const undo = await story.project.edit(
      'dockerfiles/todo-frontend.Dockerfile',
      'USER 1000:1000',
      'RUN echo now; sleep 987\nUSER 1000:1000',
    );
    const isBuilding = (event: RunEvent): boolean =>
      event.type === 'step-progress' && event.id === 'image:frontend' && event.text.includes('sleep 987');
    const started = await interruptUp(isBuilding, signal).finally(undo);

    expect(started).toContain('image:frontend');
    await expect.poll(() => sleepingContainers(), { timeout: withinMs, interval: 200 }).toEqual([]);
  });

  test('during a helm install leaves no process', async ({ signal }) => {
    const isInstalling = (event: RunEvent): boolean =>
      event.type === 'step-progress' && event.id === 'release:postgres' && event.text === 'helm install';
    const started = await interruptUp(isInstalling, signal);

    expect(started).toContain('release:postgres');
  });

  test('is taken up where it ended by the next up, and everything is there', async ({ signal }) => {
    const run = await story.run({ command: 'up', signal });

    expectExit(run, 0);
    // What was whole is kept.
    expect(startedSteps(run).filter((id) => /^(cluster|image|artifact):/.test(id))).toEqual([]);
    await story.look();
    const page = await story.ask({ path: '/', signal });
    expect(page).toMatchObject({ status: 200, text: expect.stringContaining('New todo') });
    expect(await story.ask({ path: '/api/todos', signal })).toMatchObject({
      status: 200,
      text: '{"todos":[]}',
    });
  });

  test('leaves nothing behind after the next down, --now too; --keep-images keeps the images alone', async ({
    signal,
  }) => {
    expectExit(await story.run({ command: 'down', args: ['--now', '--keep-images'], signal }), 0);
    const kept = await story.watch.find();
    expect(kept.filter((line) => !line.startsWith('image '))).toEqual([]);
    for (const name of ['backend', 'frontend', 'mcp', 'postgres']) {
      expect(kept).toContainEqual(
        expect.stringContaining(`slipway.local/${story.project.clusterName}/${name}:`),
      );
    }

    expectExit(await story.run({ command: 'down', signal }), 0);
    expect(await story.watch.find()).toEqual([]);
    expect(await story.watch.isKubeconfigUntouched()).toBe(true);
    await expect(access(story.project.stateFolder)).rejects.toThrow('ENOENT');
  });
});

async function sleepingContainers(): Promise<string[]> {
  const lines = await docker('ps', '--no-trunc', '--format', '{{.ID}} {{.Command}}');
  return lines.filter((line) => line.includes('sleep 987'));
}
