import { describe, expect, test } from 'vitest';
import { certManagerVersion } from '../../../../src/addons/cert-manager/cert-manager-artifacts.ts';
import { certManagerAddon } from '../../../../src/addons/cert-manager/cert-manager.ts';
import { fakeArtifact } from '../stand-ins.ts';

const chartFolder = new URL('../../../../charts/addons/cert-manager', import.meta.url).pathname;
const reference = 'slipway.local/cert-manager:sha-0123456789ab';
const artifacts = [
  fakeArtifact('cert-manager-binary', '/cache/binary'),
  fakeArtifact('cert-manager', reference),
];
const made = { repository: 'slipway.local/cert-manager', tag: 'sha-0123456789ab', pullPolicy: 'Never' };
const official = (program: string): unknown => ({
  repository: `quay.io/jetstack/cert-manager-${program}`,
  tag: `v${certManagerVersion}`,
});

describe('certManagerAddon', () => {
  test('from packages, runs every program from the image that its last artifact makes, and pulls nothing', () => {
    const addon = certManagerAddon({ mode: 'packages', artifacts, chartFolder });
    const program = (value: string): unknown => [{ name: 'CERT_MANAGER_PROGRAM', value }];
    expect([addon.images, addon.artifacts]).toEqual([[reference], artifacts]);
    expect(addon.release.values).toMatchObject({
      image: made,
      extraEnv: program('controller'),
      webhook: { image: made, extraEnv: program('webhook') },
      cainjector: { image: made, extraEnv: program('cainjector') },
      acmesolver: { image: made },
    });
  });

  test('from a registry, takes the official images of the same version and has nothing to make or load', () => {
    const addon = certManagerAddon({ mode: 'registry', artifacts, chartFolder });
    expect([addon.images, addon.artifacts]).toEqual([[], []]);
    expect(addon.release.values).toMatchObject({
      image: official('controller'),
      webhook: { image: official('webhook') },
      cainjector: { image: official('cainjector') },
      acmesolver: { image: official('acmesolver') },
    });
  });

  test('lets its definitions go with the release, and keeps out of kube-system', () => {
    const { release } = certManagerAddon({ mode: 'registry', artifacts: [], chartFolder });
    expect(release).toMatchObject({ name: 'cert-manager', namespace: 'cert-manager', chart: chartFolder });
    expect(release.values).toMatchObject({
      crds: { enabled: true, keep: false },
      global: { leaderElection: { namespace: 'cert-manager' } },
      startupapicheck: { enabled: false },
    });
  });

  test('lets values of the environment win', () => {
    const values = { image: { pullPolicy: 'IfNotPresent' }, replicaCount: 2 };
    const addon = certManagerAddon({ mode: 'packages', artifacts, chartFolder, values });
    expect(addon.release.values).toMatchObject({
      replicaCount: 2,
      image: { ...made, pullPolicy: 'IfNotPresent' },
    });
  });

  test('takes missing artifacts for the mistake that they are', () => {
    expect(() => certManagerAddon({ mode: 'packages', artifacts: [], chartFolder })).toThrow(
      /needs the artifacts/,
    );
  });
});
