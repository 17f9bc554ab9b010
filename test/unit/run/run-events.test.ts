import { expect, test } from 'vitest';
import { emitEnd, emitStart } from '../../../src/run/run-events.ts';
import type { PlannedStep } from '../../../src/run/events.ts';
import type { Step } from '../../../src/plan/step.ts';
import { openCommandScene } from '../cli/command-scene.ts';

test('the first event holds every step with its reason, and nothing of what is journalled', async () => {
  await using scene = await openCommandScene();
  const planned: PlannedStep & Pick<Step, 'group'> = {
    ...{ id: 'image:web', title: 'Build web', group: 'image', action: 'do', reason: 'new', needs: [] },
  };
  const resource = { kind: 'image', reference: 'web:1', after: [] } as const;
  const step: Step = { ...planned, subject: 'web', lane: 'build', resource };
  emitStart(scene.context, 'up', 'todo', [step]);
  const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as unknown;
  expect(scene.events).toEqual([
    { type: 'run-started', command: 'up', environment: 'todo', at, steps: [planned] },
  ]);
});

test('the last event tells the outcome, how long it took and where everything is', async () => {
  await using scene = await openCommandScene();
  const urls = [{ name: 'app', url: 'http://localhost:8080' }];
  emitEnd(scene.context, 'done', performance.now() - 1000, { urls });
  emitEnd(scene.context, 'failed', performance.now());
  expect(scene.events).toMatchObject([
    { type: 'run-ended', outcome: 'done', urls, summary: [] },
    { type: 'run-ended', outcome: 'failed', urls: [], summary: [] },
  ]);
  const [first] = scene.events;
  expect(first?.type === 'run-ended' && first.durationMs).toBeGreaterThanOrEqual(1000);
});
