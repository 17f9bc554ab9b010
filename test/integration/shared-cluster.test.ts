import { randomBytes } from 'node:crypto';
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connectCluster } from '../../src/kubernetes/client/connect-cluster.ts';
import { ownershipLabels } from '../../src/kubernetes/ownership.ts';
import { openManyApps } from '../support/bench/many-apps-project.ts';
import { needEngine } from '../support/need-engine.ts';
import { runSlipway, type SlipwayRun } from '../support/run-slipway.ts';

interface Labelled {
  readonly metadata: { readonly name: string; labels: Record<string, string> };
}

test('status and logs tell nothing of the release of another environment in the same cluster', async ({
  signal,
}) => {
  await using project = await openManyApps(3);
  const secrets = project.lists['/api/v1/secrets'] as Labelled[];
  const theirs = secrets.find(({ metadata }) => metadata.name.includes('app-2'))!;
  Object.assign(theirs.metadata.labels, ownershipLabels('another'));
  const status = await runSlipway({ project, command: 'status', signal });
  const releases = status.text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { kind: string; name: string })
    .flatMap(({ kind, name }) => (kind === 'release' ? [name] : []));
  expect(releases).toEqual(['many/app-0', 'many/app-1']);
  const logs = await runSlipway({ project, command: 'logs', args: ['app-2'], signal });
  expect(logs.exitCode).toBe(1);
  expect(logs.stderr).toContain('app-2');
});

describe('two projects that both say they share a cluster', () => {
  const cluster = `slipway-shared-${randomBytes(3).toString('hex')}`;

  /** A project of one release, which is a ConfigMap. */
  async function writeProject(root: string, name: string, shared: boolean): Promise<string> {
    const folder = join(root, name);
    await mkdir(join(folder, 'chart/templates'), { recursive: true });
    await writeFile(join(folder, 'chart/Chart.yaml'), 'apiVersion: v2\nname: small\nversion: 1.0.0\n');
    const map = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: data }\ndata: { of: ${name} }\n`;
    await writeFile(join(folder, 'chart/templates/map.yaml'), map);
    await writeFile(join(folder, 'kind.yaml'), 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n');
    const environment = {
      namespace: name,
      cluster: { name: cluster, config: 'kind.yaml', shared, ports: { http: 28080, https: 28443 } },
      policy: { onUp: 'off' },
      secrets: { token: { keys: { value: { generate: { bytes: 16 } } } } },
      releases: { web: { chart: 'chart', secrets: ['token'] } },
    };
    const configFile = join(folder, 'slipway.config.ts');
    const config = { default: name, environments: { [name]: environment } };
    await writeFile(configFile, `export default ${JSON.stringify(config)};\n`);
    return configFile;
  }

  test('are up in it together, and each down takes only its own, the last one the cluster', async (context) => {
    needEngine(context);
    const signal = AbortSignal.timeout(400_000);
    const root = await mkdtemp(join(tmpdir(), 'slipway-shared-'));
    const state = join(root, 'state');
    const env = { XDG_STATE_HOME: state };
    const first = { env, configFile: await writeProject(root, 'first', true) };
    const second = { env, configFile: await writeProject(root, 'second', false) };
    const run = async (
      project: typeof first,
      command: 'up' | 'down' | 'plan',
      args: readonly string[] = [],
    ): Promise<SlipwayRun> => runSlipway({ project, command, args, signal });
    const endOf = ({ events, stderr }: SlipwayRun): unknown => events.at(-1) ?? stderr;
    try {
      expect(endOf(await run(first, 'up', ['--yes']))).toMatchObject({ outcome: 'done' });
      const refused = await run(second, 'up');
      expect(refused.exitCode).toBe(1);
      expect(refused.stderr).toContain('cluster.shared');
      await writeProject(root, 'second', true);
      const came = await run(second, 'up');
      expect(endOf(came)).toMatchObject({ outcome: 'done' });
      const left = await run(first, 'down');
      expect(endOf(left)).toMatchObject({ outcome: 'done' });
      expect(JSON.stringify(endOf(left))).toContain('is shared with the environment second');
      const api = await connectCluster({
        kubeconfigFile: join(state, 'slipway', `${cluster}.second`, 'kubeconfig'),
      });
      const there = (name: string) =>
        api.get({ apiVersion: 'v1', kind: 'ConfigMap', name: 'data', namespace: name }, signal);
      expect(await there('first')).toBeUndefined();
      expect((await there('second'))?.['data']).toEqual({ of: 'second' });
      const todo = (await run(second, 'plan')).text.match(/"action":"do"/g);
      expect(todo).toBeNull();
      expect(endOf(await run(second, 'down', ['--keep-images']))).toMatchObject({ outcome: 'done' });
      await expect(access(join(state, 'slipway', cluster))).rejects.toThrow();
    } finally {
      for (const project of [first, second])
        await runSlipway({
          project,
          command: 'down',
          args: ['--keep-images'],
          signal: AbortSignal.timeout(90_000),
        });
      await rm(root, { recursive: true, force: true });
    }
  }, 500_000);
});
