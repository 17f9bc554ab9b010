import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { metricsServerVersion } from '../../../../src/addons/metrics-server/metrics-server-artifacts.ts';
import { metricsServerAddon } from '../../../../src/addons/metrics-server/metrics-server.ts';
import { fakeArtifact } from '../stand-ins.ts';

const root = new URL('../../../../', import.meta.url).pathname;
const chartFolder = `${root}charts/addons/metrics-server`;
const reference = 'slipway.local/metrics-server:sha-0123456789ab';
const artifacts = [
  fakeArtifact('metrics-server-program', '/cache/program'),
  fakeArtifact('metrics-server', reference),
];

describe('metricsServerAddon', () => {
  test('from packages, takes the image that its last artifact makes, and pulls nothing', () => {
    const addon = metricsServerAddon({ mode: 'packages', artifacts, chartFolder });
    expect(addon.images).toEqual([reference]);
    expect(addon.artifacts).toEqual(artifacts);
    expect(addon.release.values).toEqual({ image: { reference, pullPolicy: 'Never' } });
  });

  test('from a registry, leaves the image to the chart and has nothing to make or load', () => {
    const addon = metricsServerAddon({ mode: 'registry', artifacts, chartFolder });
    expect([addon.images, addon.artifacts, addon.release.values]).toEqual([[], [], {}]);
  });

  test('lets values of the environment win', () => {
    const values = { metricResolutionSeconds: 15 };
    const addon = metricsServerAddon({ mode: 'packages', artifacts, chartFolder, values });
    expect(addon.release.values).toMatchObject({ image: { reference }, metricResolutionSeconds: 15 });
  });

  test('takes missing artifacts for the mistake that they are', () => {
    expect(() => metricsServerAddon({ mode: 'packages', artifacts: [], chartFolder })).toThrow(
      /needs the artifacts/,
    );
  });
});

test('chart, official image and Go module are of the version that the addon shows', () => {
  const read = (path: string) => readFileSync(`${root}${path}`, 'utf8');
  const chart = parse(read('charts/addons/metrics-server/Chart.yaml')) as { appVersion: string };
  const values = parse(read('charts/addons/metrics-server/values.yaml')) as { image: { reference: string } };
  expect(chart.appVersion).toBe(metricsServerVersion);
  expect(values.image.reference).toMatch(new RegExp(`:v${metricsServerVersion}$`));
  const goMod = read('dockerfiles/metrics-server/server/go.mod');
  expect(goMod).toContain(`\tsigs.k8s.io/metrics-server v${metricsServerVersion} `);
});
