import { describe, expect, test } from 'vitest';
import { proveCertManager } from '../../../../src/addons/cert-manager/verify-cert-manager.ts';
import { ApiStatus } from '../../../../src/kubernetes/client/api-status.ts';
import type { Task } from '../../../../src/task.ts';
import { CertManagerCluster, webhookDenial } from './cert-manager-cluster.ts';

const claims = { namespace: 'cert-manager', deadlineMs: 10_000, intervalMs: 1 };
const soon = { ...claims, deadlineMs: 20 };
const task: Task = { signal: new AbortController().signal, report: () => {} };
const denial = new ApiStatus(400, 'BadRequest', webhookDenial);
const noWebhook = new ApiStatus(500, 'InternalError', 'failed calling webhook: connection refused');

function left(api: CertManagerCluster): string[] {
  return api.objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
}

async function verify(api: CertManagerCluster, how = claims, what = task): Promise<void> {
  await proveCertManager(how, { api, ports: [] }, what);
}

describe('proveCertManager', () => {
  test('has a bad Certificate refused and a good one issued, and leaves nothing', async () => {
    const api = new CertManagerCluster();
    await verify(api);
    expect(api.calls).toContain('apply Certificate cert-manager/slipway-probe');
    expect(left(api)).toEqual(['Namespace cert-manager']);
  });

  test('waits for the webhook, also for one that lets everything pass at first', async () => {
    const api = new CertManagerCluster({
      toBad: [noWebhook, 'accepted', denial],
      toGood: [noWebhook, 'accepted'],
    });
    await verify(api);
    expect(left(api)).toEqual(['Namespace cert-manager']);
  });

  test.each([
    ['no webhook looks', { toBad: ['accepted' as const] }, /last state seen: the API accepts it: no webhook/],
    [
      'only the schema refuses',
      { toBad: [new ApiStatus(422, 'Invalid', 'Certificate is invalid')] },
      /last state seen: Certificate is invalid/,
    ],
    ['the webhook does not answer', { toBad: [noWebhook] }, /last state seen: failed calling webhook/],
    [
      'nothing is issued',
      { readyAfter: Number.POSITIVE_INFINITY },
      /last state seen: Ready is False: Issuing certificate/,
    ],
    [
      'the certificate is for another host',
      { issuedFor: 'other.invalid' },
      /the certificate is for DNS:other\.invalid, not for slipway-probe\.invalid/,
    ],
    [
      'the webhook refuses a good one',
      { toGood: [denial] },
      /the API refuses a proper certificate: admission webhook/,
    ],
  ])('fails when %s, and leaves nothing', async (_, behaviour, message) => {
    const api = new CertManagerCluster(behaviour);
    await expect(verify(api, soon)).rejects.toMatchObject({
      code: 'addon',
      message: expect.stringMatching(message),
    });
    expect(left(api)).toEqual(['Namespace cert-manager']);
  });

  test('is not content with what a killed run left behind', async () => {
    const stale = { name: 'slipway-probe', namespace: 'cert-manager' };
    const api = new CertManagerCluster({ readyAfter: Number.POSITIVE_INFINITY })
      .add({ apiVersion: 'cert-manager.io/v1', kind: 'Certificate', metadata: stale })
      .add({ apiVersion: 'v1', kind: 'Secret', metadata: stale });
    await expect(verify(api, soon)).rejects.toThrow(/Issuing certificate/);
    expect(left(api)).toEqual(['Namespace cert-manager']);
  });

  test('leaves nothing when it is stopped while it waits', async () => {
    const stop = new AbortController();
    const api = new CertManagerCluster({ readyAfter: Number.POSITIVE_INFINITY });
    const report: Task['report'] = ({ text }) => {
      if (text === 'waiting: Ready is False: Issuing certificate') stop.abort();
    };
    await expect(verify(api, claims, { signal: stop.signal, report })).rejects.toMatchObject({
      code: 'interrupted',
    });
    expect(left(api)).toEqual(['Namespace cert-manager']);
  });

  test('fails when its certificate does not leave', async () => {
    const api = new CertManagerCluster();
    const probe = { apiVersion: 'cert-manager.io/v1', kind: 'Certificate', name: 'slipway-probe' };
    api.linger({ ...probe, namespace: 'cert-manager' }, Number.POSITIVE_INFINITY);
    await expect(verify(api, { ...claims, goneWithinMs: 5 } as typeof claims)).rejects.toThrow(
      /the probe of cert-manager is still there after .*Certificate cert-manager\/slipway-probe/,
    );
  });
});
