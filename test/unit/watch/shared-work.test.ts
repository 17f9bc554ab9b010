import { expect, test } from 'vitest';
import type { Step } from '../../../src/plan/step.ts';
import type { EnvironmentRun } from '../../../src/up/environment-run.ts';
import { workOf } from '../../../src/watch/service-steps.ts';
import { SharedWork } from '../../../src/watch/shared-work.ts';

const run = {
  builds: new Map([['web', { reference: 'web:1' }]]),
  artifacts: new Map(),
  environment: { namespace: 'small', secrets: {} },
  desired: {
    releases: ['a', 'b'].map((name) => ({ group: 'release', name, fingerprint: `${name} 1` })),
  },
} as unknown as EnvironmentRun;

function step(group: Step['group'], subject: string): Step {
  return { id: `${group}:${subject}`, group, subject } as Step;
}

test.each(['policy', 'budget'] as const)('a check of %s for one service is no check for another', (group) => {
  const [of, other] = ['release:a', 'release:b'].map((service) => workOf(step(group, 'all'), run, service));
  expect(of).not.toBe(other);
});

test('an image that two services run is built once', () => {
  const [of, other] = ['release:a', 'release:b'].map((service) => workOf(step('image', 'web'), run, service));
  expect(of).toBe(other);
});

test('work whose first asker gives it up goes on for the others', async () => {
  const shared = new SharedWork();
  const [first, second] = [new AbortController(), new AbortController()];
  const done = Promise.withResolvers<string>();
  let begun = 0;
  const ask = (signal: AbortSignal): Promise<string> =>
    shared.do('image', { signal, report: () => undefined }, async (task) => {
      begun += 1;
      task.signal.addEventListener('abort', () => done.reject(new Error('stopped')));
      return done.promise;
    });
  const [mine, others] = [ask(first.signal), ask(second.signal)];
  first.abort(new Error('given up'));
  await expect(mine).rejects.toThrow('given up');
  done.resolve('built');
  expect(await others).toBe('built');
  expect(begun).toBe(1);
});
