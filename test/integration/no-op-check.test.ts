import { access, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ownershipLabels } from '../../src/kubernetes/ownership.ts';
import { openManyApps, type ManyAppsProject } from '../support/bench/many-apps-project.ts';
import { runSlipway, type SlipwayRun } from '../support/run-slipway.ts';
import { until } from '../support/until.ts';

const PODS = '/api/v1/namespaces/many/pods';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/many/deployments';
const SECRETS = '/api/v1/secrets';

describe('a run with nothing to do', () => {
  let project: ManyAppsProject;

  beforeAll(async () => {
    project = await openManyApps(3);
  });
  afterAll(() => project[Symbol.asyncDispose]());

  const env: Record<string, string> = {};
  const run = (command: 'up' | 'plan', signal: AbortSignal): Promise<SlipwayRun> =>
    runSlipway({ project, command, args: ['--images', 'registry'], env, signal });
  /** Only the long way says where images come from. */
  const isNoOpCheck = ({ events }: SlipwayRun): boolean => events.every(({ type }) => type !== 'note');
  const isRemembered = (): Promise<boolean> =>
    access(join(project.stateFolder, 'wish.json')).then(
      () => true,
      () => false,
    );

  /** What `plan` would do. */
  async function todo(signal: AbortSignal): Promise<string[]> {
    const { text } = await run('plan', signal);
    const steps = text.split('\n').filter((line) => line.startsWith('{'));
    expect(steps.length).toBeGreaterThan(3);
    return steps
      .map((line) => JSON.parse(line) as { id: string; action: string; reason: string })
      .filter(({ action }) => action === 'do')
      .map(({ id, reason }) => `${id}: ${reason}`);
  }

  test('is told the long way at first, and by the no-op check from then on', async ({ signal }) => {
    const first = await run('up', signal);
    expect(first.stderr).toBe('');
    expect(isNoOpCheck(first)).toBe(false);
    // A project that was written a moment ago is not trusted to stay as it was read.
    await until('what was wanted is kept', async () => {
      if (await isRemembered()) return true;
      return `up said: ${(await run('up', signal)).stderr}`;
    });
    const second = await run('up', signal);
    expect(isNoOpCheck(second)).toBe(true);
    const ends = [first, second].map(({ events }) => events.at(-1));
    for (const end of ends) expect(end).toMatchObject({ type: 'run-ended', outcome: 'nothing-to-do' });
    const started = [first, second].map(({ events }) => events.find(({ type }) => type === 'run-started'));
    const stepsOf = (event: (typeof started)[number]) =>
      event?.type === 'run-started' ? event.steps.map(({ id, action }) => [id, action]) : [];
    expect(stepsOf(started[1])).toEqual(stepsOf(started[0]));
  });

  test.each([
    [
      'a release that is gone',
      () => project.lists[SECRETS]!.shift()!,
      (taken: object) => project.lists[SECRETS]!.unshift(taken),
      ['release:app-0: not installed'],
    ],
    [
      'a Deployment that is gone',
      () => project.lists[DEPLOYMENTS]!.pop()!,
      (taken: object) => project.lists[DEPLOYMENTS]!.push(taken),
      ['release:app-2: not ready: deployment app-2: not there'],
    ],
  ])('is not said of %s', async (_what, take, putBack, expected) => {
    const signal = AbortSignal.timeout(120_000);
    const taken = take();
    expect(await todo(signal)).toEqual(expect.arrayContaining(expected));
    putBack(taken);
    expect(await todo(signal)).toEqual([]);
  });

  test('is not said of a secret whose variable, template or value is another one', async () => {
    const signal = AbortSignal.timeout(120_000);
    const config = await readFile(project.configFile, 'utf8');
    const withSecret = (template: string): Promise<void> => {
      const keys = { token: { fromEnv: 'SLIPWAY_TEST_TOKEN' }, url: { template } };
      const secrets = JSON.stringify({ app: { keys } });
      return writeFile(project.configFile, config.replace('"secrets":{}', `"secrets":${secrets}`));
    };
    await withSecret('http://{{token}}@app');
    env['SLIPWAY_TEST_TOKEN'] = 'first-token';
    const data = { token: btoa('first-token'), url: btoa('http://first-token@app') };
    const labels = ownershipLabels('many');
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'app', namespace: 'many', labels },
      data,
    };
    project.lists[SECRETS]!.push(secret);
    await until('the no-op check is made', async () => {
      const seen = await run('up', signal);
      return isNoOpCheck(seen) || `up said: ${seen.stderr}`;
    });
    env['SLIPWAY_TEST_TOKEN'] = 'second-token';
    expect(await todo(signal)).toEqual([
      'secret:app: key token has another value; key url has another value',
    ]);
    delete env['SLIPWAY_TEST_TOKEN'];
    expect(await todo(signal)).toEqual([]);
    data.token = btoa('by hand');
    expect(await todo(signal)).toEqual(['secret:app: key url has another value']);
    data.token = btoa('first-token');
    await withSecret('https://{{token}}@app');
    expect(await todo(signal)).toEqual(['secret:app: key url has another value']);
    await writeFile(project.configFile, config);
    project.lists[SECRETS]!.pop();
    expect(await todo(signal)).toEqual([]);
  }, 150_000);

  test('is not said when pods are not ready', async ({ signal }) => {
    const [deployment] = project.lists[DEPLOYMENTS] as [{ status: { availableReplicas: number } }];
    deployment.status.availableReplicas = 0;
    expect(await todo(signal)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^release:app-0: not ready: .*0 of 1 pods ready/)]),
    );
    deployment.status.availableReplicas = 1;
    expect(project.lists[PODS]).toHaveLength(3);
  });

  test('is not said when the chart has changed', async ({ signal }) => {
    await writeFile(join(project.folder, 'chart/values.yaml'), 'a: 1\n');
    expect(await todo(signal)).toEqual(
      expect.arrayContaining(['release:app-1: its chart, values or image changed']),
    );
    await rename(join(project.folder, 'chart/values.yaml'), join(project.folder, 'values.yaml'));
    // Worked out anew, because a folder has changed, and right again.
    expect(await todo(signal)).toEqual([]);
  });
});
