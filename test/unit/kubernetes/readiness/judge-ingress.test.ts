import { describe, expect, test } from 'vitest';
import type { ClusterObject } from '../../../../src/kubernetes/client/cluster-api.ts';
import { routesOf } from '../../../../src/kubernetes/readiness/ingress-routes.ts';
import { observeRelease } from '../../../../src/kubernetes/readiness/observe-release.ts';
import { judgeRelease } from '../../../../src/kubernetes/readiness/readiness.ts';
import { FakeClusterApi } from '../../../fakes/cluster-api.ts';

const { signal } = new AbortController();
const issued = { 'cert-manager.io/cluster-issuer': 'slipway-local' };

function ingress(annotations: Record<string, string> = issued): ClusterObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'web', namespace: 'todo', annotations },
    spec: {
      tls: [{ hosts: ['todo.local'], secretName: 'web-tls' }],
      rules: [
        { host: 'todo.local', http: { paths: [{ path: '/' }, { path: '/api/' }] } },
        { host: 'plain.local', http: { paths: [{ path: '/' }] } },
        { host: '*.wild.local', http: { paths: [{ path: '/' }] } },
      ],
    },
  };
}

function certificate(status: string, message?: string): ClusterObject {
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: 'web-tls', namespace: 'todo' },
    status: { conditions: [{ type: 'Ready', status, message }] },
  };
}

async function judge(declared: ClusterObject, ...others: ClusterObject[]): Promise<readonly string[]> {
  const api = new FakeClusterApi();
  for (const object of [declared, ...others]) api.add(object);
  return judgeRelease(await observeRelease({ api, declared: [declared] }, signal)).waitingFor;
}

describe('an Ingress that asks cert-manager for a certificate', () => {
  test('is ready with it', async () => {
    expect(await judge(ingress(), certificate('True'))).toEqual([]);
  });

  test('waits for one that is not there, or not ready, and says why', async () => {
    expect(await judge(ingress())).toEqual(['ingress web: certificate web-tls: not there yet']);
    expect(
      await judge(ingress(), certificate('False', 'Issuing certificate as Secret does not exist')),
    ).toEqual([
      'ingress web: certificate web-tls: not Ready yet (Issuing certificate as Secret does not exist)',
    ]);
  });

  test('does not take one of another namespace', async () => {
    const { metadata, ...rest } = certificate('True');
    expect(await judge(ingress(), { ...rest, metadata: { ...metadata, namespace: 'other' } })).toHaveLength(
      1,
    );
  });

  test('with a certificate of its own waits for none, and nothing is asked about certificates', async () => {
    expect(await judge(ingress({}))).toEqual([]);
    const api = new FakeClusterApi().add(ingress({}));
    await observeRelease({ api, declared: [ingress({})] }, signal);
    expect(api.calls).toEqual(['list Ingress in todo']);
  });
});

test('an issuer that is not ready is waited for, with its reason', async () => {
  const issuer: ClusterObject = {
    ...{ apiVersion: 'cert-manager.io/v1', kind: 'Issuer', metadata: { name: 'ca', namespace: 'todo' } },
    status: { conditions: [{ type: 'Ready', status: 'False', message: 'secret "ca" not found' }] },
  };
  expect(await judge(issuer)).toEqual(['issuer ca: not Ready yet (secret "ca" not found)']);
});

test('routes know their host, path and issuer', () => {
  const tls = { issuer: 'slipway-local', secretName: 'web-tls' };
  expect(routesOf(ingress())).toMatchObject([
    { host: 'todo.local', path: '/', tls, redirects: true },
    { host: 'todo.local', path: '/api/', tls, redirects: true },
    { host: 'plain.local', path: '/', tls: undefined, redirects: false },
  ]);
  expect(routesOf(ingress({}))[0]).toMatchObject({ tls: { issuer: undefined }, redirects: false });
});
