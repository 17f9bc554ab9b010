import { describe, expect, test } from 'vitest';
import { configSchema, type ConfigInput, type Environment } from '../../../src/config/schema.ts';
import { Failure } from '../../../src/failure.ts';
import { checkPolicies } from '../../../src/policy/check-policies.ts';
import { FakeReleaseStore } from '../../fakes/release-store.ts';
import { podChart } from '../../support/small-environment.ts';
import { openScene, type Scene } from '../up/scene.ts';
import { failureOf } from '../../support/failure-of.ts';

type Policy = NonNullable<ConfigInput['environments'][string]['policy']>;

const withPolicy = (scene: Scene, policy: Policy): Environment => ({
  ...scene.run.environment,
  policy: configSchema.parse({
    default: 'small',
    environments: { small: { namespace: 'small', releases: {}, policy } },
  }).environments['small']!.policy,
});

/** The chart of the scene is one pod that keeps few rules. */
async function checkScene(
  scene: Scene,
  policy: Policy,
  releases = new FakeReleaseStore({ '/charts/web': podChart }),
): Promise<string> {
  const tools = { ...scene.tools, releases, run: { ...scene.run, environment: withPolicy(scene, policy) } };
  return checkPolicies(tools, scene.task);
}

describe('checkPolicies', () => {
  test('fails with every finding, and installs nothing', async () => {
    await using scene = await openScene();
    const releases = new FakeReleaseStore({ '/charts/web': podChart });
    const failure = await failureOf(checkScene(scene, {}, releases));
    expect(failure).toMatchObject({
      code: 'policy',
      message: expect.stringMatching(/^\d+ places break the rules/),
    });
    expect(failure.details).toContain('  small/Pod/web: main: runAsNonRoot is not true');
    expect(failure.details).toContain('  Chart/web: the version is absent');
    expect(releases.calls).toEqual(['render small/web']);
    expect(scene.reports).toEqual(['rendering charts']);
  });

  test('only tells of them where the config says so', async () => {
    await using scene = await openScene();
    const summary = await checkScene(scene, { onUp: 'report' });
    expect(summary).toMatch(/^52 rules, 2 objects of 1 release: \d+ findings$/);
    expect(scene.notes).toContain('  small/Pod/web: main: runAsNonRoot is not true');
  });

  test('names a waiver that waives nothing', async () => {
    await using scene = await openScene();
    const waivers = [
      { rule: 'run-as-non-root', resource: 'Pod/web', reason: 'a test' },
      { rule: 'run-as-non-root', resource: 'Pod/gone', reason: 'a test' },
    ] as const;
    const failure = await failureOf(checkScene(scene, { waivers: [...waivers] }));
    expect(failure.details.join('\n')).not.toContain('runAsNonRoot');
    expect(scene.notes).toEqual([
      'the waiver of run-as-non-root for Pod/gone waives nothing and can be removed',
    ]);
  });

  test('passes on what is wrong with a chart', async () => {
    await using scene = await openScene();
    const releases = new FakeReleaseStore({ '/charts/web': podChart });
    releases.failNext('render', 'web', new Failure('chart', 'no such value'));
    expect(await failureOf(checkScene(scene, {}, releases))).toMatchObject({
      code: 'chart',
      message: 'no such value',
    });
  });

  test('stops when it is told to', async () => {
    await using scene = await openScene();
    const task = { ...scene.task, signal: AbortSignal.abort(new Failure('interrupted', 'stopped')) };
    expect(await failureOf(checkPolicies(scene.tools, task))).toMatchObject({ code: 'interrupted' });
  });
});
