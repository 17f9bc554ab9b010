import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  ingressNginxAddon,
  officialIngressNginxVersion,
} from '../../../../src/addons/ingress-nginx/ingress-nginx.ts';
import { fakeArtifact } from '../stand-ins.ts';

const chartFolder = new URL('../../../../charts/addons/ingress-nginx', import.meta.url).pathname;
const reference = 'slipway.local/ingress-nginx:sha-0123456789ab';
const artifacts = [
  fakeArtifact('ingress-nginx-tree', '/cache/tree'),
  fakeArtifact('ingress-nginx', reference),
];
const ports = [
  { name: 'http', containerPort: 80, hostPort: 8080, listenAddress: '127.0.0.1' },
  { name: 'https', containerPort: 443, hostPort: 8443, listenAddress: '127.0.0.1' },
];

describe('ingressNginxAddon', () => {
  test('from packages, takes the image that its last artifact makes, and pulls nothing', () => {
    const addon = ingressNginxAddon({ mode: 'packages', artifacts, chartFolder });
    expect(addon.images).toEqual([reference]);
    expect(addon.artifacts).toEqual(artifacts);
    expect(addon.release.values).toEqual({
      image: { reference, pullPolicy: 'Never', readOnlyRootFilesystem: true },
      syncsPerSecond: 2,
    });
  });

  test('is quicker than upstream only with the image whose Lua tells updates in one second apart', () => {
    const defaults = parse(readFileSync(`${chartFolder}/values.yaml`, 'utf8')) as { syncsPerSecond: number };
    const official = ingressNginxAddon({ mode: 'registry', artifacts: [], chartFolder });
    expect(official.release.values).not.toHaveProperty('syncsPerSecond');
    expect(defaults.syncsPerSecond).toBe(0.3);
  });

  test('from a registry, leaves the image to the chart and has nothing to make or load', () => {
    const addon = ingressNginxAddon({ mode: 'registry', artifacts, chartFolder });
    expect([addon.images, addon.artifacts, addon.release.values]).toEqual([[], [], {}]);
    expect(addon.version).toBe(officialIngressNginxVersion);
  });

  test('listens on the ports that browsers use, so that redirects lead there', () => {
    const addon = ingressNginxAddon({ mode: 'registry', artifacts: [], chartFolder, ports });
    expect(addon.release.values).toEqual({ listenPort: { http: 8080, https: 8443 } });
  });

  test('keeps its own ports when one of the two is not mapped or is taken inside the pod', () => {
    const options = { mode: 'registry', artifacts: [], chartFolder } as const;
    const taken = [{ ...ports[0]!, hostPort: 8181 }, ports[1]!];
    expect(ingressNginxAddon({ ...options, ports: ports.slice(0, 1) }).release.values).toEqual({});
    expect(ingressNginxAddon({ ...options, ports: taken }).release.values).toEqual({});
  });

  test('follows the node ports of its values', () => {
    const values = { hostPort: { http: 30080, https: 30443 } };
    const moved = ports.map((port) => ({
      ...port,
      containerPort: port.containerPort === 80 ? 30080 : 30443,
    }));
    const addon = ingressNginxAddon({ mode: 'registry', artifacts: [], chartFolder, ports: moved, values });
    expect(addon.release.values).toEqual({ ...values, listenPort: { http: 8080, https: 8443 } });
  });

  test('lets values of the environment win', () => {
    const values = { image: { pullPolicy: 'IfNotPresent' }, config: { 'proxy-body-size': '1g' } };
    const addon = ingressNginxAddon({ mode: 'packages', artifacts, chartFolder, values });
    expect(addon.release.values).toMatchObject({
      image: { reference, pullPolicy: 'IfNotPresent' },
      ...{ config: values.config },
    });
  });

  test('takes missing artifacts for the mistake that they are', () => {
    expect(() => ingressNginxAddon({ mode: 'packages', artifacts: [], chartFolder })).toThrow(
      /needs the artifacts/,
    );
  });
});

describe('the chart', () => {
  const chart = parse(readFileSync(`${chartFolder}/Chart.yaml`, 'utf8')) as { appVersion: string };
  const values = parse(readFileSync(`${chartFolder}/values.yaml`, 'utf8')) as {
    image: { reference: string };
    config: Record<string, unknown>;
  };

  test('pins the official image by the version that the addon shows, and by digest', () => {
    expect(chart.appVersion).toBe(officialIngressNginxVersion);
    expect(values.image.reference).toMatch(
      new RegExp(`:v${officialIngressNginxVersion}@sha256:[0-9a-f]{64}$`),
    );
  });

  test('has only strings as settings of the controller, as a ConfigMap wants', () => {
    expect(Object.values(values.config).filter((value) => typeof value !== 'string')).toEqual([]);
  });

  test('never turns the admission webhook on', () => {
    const deployment = readFileSync(`${chartFolder}/templates/deployment.yaml`, 'utf8');
    expect(deployment).not.toMatch(/^ *- --validating-webhook/m);
  });
});
