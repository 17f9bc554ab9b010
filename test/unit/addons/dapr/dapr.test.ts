import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { daprVersion } from '../../../../src/addons/dapr/dapr-artifacts.ts';
import { daprAddon } from '../../../../src/addons/dapr/dapr.ts';
import { definitionGroups, definitionsBeside } from '../../../../src/addons/definition-groups.ts';
import type { ClusterObject } from '../../../../src/kubernetes/client/cluster-api.ts';
import { fakeArtifact } from '../stand-ins.ts';

const project = join(import.meta.dirname, '../../../..');
const chartFolder = join(project, 'charts/addons/dapr');
const reference = 'slipway.local/dapr:sha-0123456789ab';
const artifacts = [fakeArtifact('dapr-program', '/cache/dapr'), fakeArtifact('dapr', reference)];
const packaged = daprAddon({ mode: 'packages', artifacts, chartFolder });
const official = daprAddon({ mode: 'registry', artifacts, chartFolder });

describe('daprAddon', () => {
  test('from packages, runs one image everywhere and lets nothing be pulled', () => {
    const image = { name: reference };
    expect([packaged.images, packaged.artifacts]).toEqual([[reference], artifacts]);
    expect(packaged.release.values).toMatchObject({
      global: { imagePullPolicy: 'Never' },
      dapr_operator: { image },
      dapr_placement: { image },
      dapr_sentry: { image },
      dapr_sidecar_injector: { image, injectorImage: image, sidecarImagePullPolicy: 'Never' },
    });
  });

  test('from a registry, names the version and leaves images to the chart', () => {
    expect([official.images, official.artifacts]).toEqual([[], []]);
    expect(official.release.values['global']).toMatchObject({ tag: daprVersion });
    expect(JSON.stringify(official.release.values)).not.toMatch(/slipway\.local|Never/);
  });

  test.each([
    ['from packages', packaged],
    ['from a registry', official],
  ])('%s, has mTLS on, one of each, and no scheduler', (_where, { release }) => {
    expect(release.values['global']).toMatchObject({
      mtls: { enabled: true, workloadCertTTL: '24h', allowedClockSkew: '15m' },
      ha: { enabled: false },
      scheduler: { enabled: false },
    });
  });

  test('lets values of the environment win', () => {
    const values = { global: { actors: { enabled: false } }, dapr_sentry: { logLevel: 'debug' } };
    const { release } = daprAddon({ mode: 'packages', artifacts, chartFolder, values });
    expect(release.values).toMatchObject({
      global: { actors: { enabled: false }, mtls: { enabled: true } },
      dapr_sentry: { logLevel: 'debug', image: { name: reference } },
    });
  });

  test('is known to bring definitions', () => {
    expect(definitionGroups(packaged.release)).toEqual(['dapr.io']);
    const folder = join(chartFolder, 'crds');
    const inChart = readdirSync(folder).map(
      (file) => (parse(readFileSync(join(folder, file), 'utf8')) as ClusterObject).metadata.name,
    );
    const known = definitionsBeside(packaged.release).map(({ metadata }) => metadata.name);
    expect(known).toEqual(inChart.sort());
  });

  test('takes missing artifacts for the mistake that they are', () => {
    expect(() => daprAddon({ mode: 'packages', artifacts: [], chartFolder })).toThrow(/needs the artifacts/);
  });
});

describe('what it is made of', () => {
  test('is of one version: chart, official images, Go module', () => {
    const chart = parse(readFileSync(join(chartFolder, 'Chart.yaml'), 'utf8')) as Record<string, string>;
    const modules = readFileSync(join(project, 'dockerfiles/dapr/programs/go.mod'), 'utf8');
    expect([chart['version'], chart['appVersion'], packaged.version]).toEqual(
      Array<string>(3).fill(daprVersion),
    );
    expect(modules).toContain(`github.com/dapr/dapr v${daprVersion}\n`);
  });

  test('answers to every name that the chart calls', () => {
    const templates = ['operator', 'placement', 'sentry', 'sidecar_injector'].map((part) => {
      const kind = part === 'placement' ? 'statefulset' : 'deployment';
      return `charts/dapr_${part}/templates/dapr_${part}_${kind}.yaml`;
    });
    const called = templates.map(
      (path) => /^ +- "\/(?!dlv)(\w+)"$/m.exec(readFileSync(join(chartFolder, path), 'utf8'))?.[1],
    );
    expect(called).toEqual(['operator', 'placement', 'sentry', 'injector']);
    const program = readFileSync(join(project, 'dockerfiles/dapr/programs/main.go'), 'utf8');
    for (const name of [...called, 'daprd']) {
      expect(program).toContain(`"${name}":`);
      expect(readlinkSync(join(project, 'dockerfiles/dapr/rootfs', name!))).toBe('dapr');
    }
  });

  test('has the definitions of its kinds where helm looks for them', () => {
    expect(existsSync(join(chartFolder, 'crds/components.yaml'))).toBe(true);
  });
});
