import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chartAsksCluster } from '../../../../src/releases/chart/chart-asks-cluster.ts';

let chart: string;
beforeEach(async () => {
  chart = await mkdtemp(join(tmpdir(), 'slipway-chart-'));
});
afterEach(() => rm(chart, { recursive: true }));

test.each([
  ['a chart that asks for nothing', 'templates/a.yaml', 'kind: Pod', false],
  ['a lookup', 'templates/a.yaml', '{{ lookup "v1" "Secret" "a" "b" }}', true],
  ['what the cluster serves', 'templates/_helpers.tpl', '{{ .Capabilities.APIVersions.Has "v1" }}', true],
  ['whether it is an upgrade', 'charts/part/templates/a.yaml', '{{ if $.Release.IsUpgrade }}', true],
  ['a version that it is for', 'charts/part/Chart.yaml', 'name: part\nkubeVersion: ">=1.20"', true],
  ['a packed part', 'charts/part.tgz', '', true],
  ['definitions, which are not rendered', 'crds/a.yaml', 'description: a lookup', false],
])('%s', async (_title, file, content, asks) => {
  await mkdir(dirname(join(chart, file)), { recursive: true });
  await writeFile(join(chart, file), content);
  await symlink('.', join(chart, 'round'));
  expect(await chartAsksCluster(chart, {})).toBe(asks);
});

test('values may hold templates, too', async () => {
  expect(await chartAsksCluster(chart, { extra: '{{ lookup "v1" "Pod" "" "" }}' })).toBe(true);
});
