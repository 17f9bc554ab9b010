// Registers the suite of Dapr's sidecars: who may publish, who may call, by which certificate, and what becomes of pods
// that came up without one.

import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Addon } from '../../../src/addons/addon.ts';
import { restartBarePods } from '../../../src/addons/dapr/dapr-restart.ts';
import { findBareSidecarPods } from '../../../src/addons/dapr/dapr-sidecars.ts';
import type { ClusterObject } from '../../../src/kubernetes/client/cluster-api.ts';
import type { Task } from '../../../src/task.ts';
import { until } from '../../support/until.ts';
import type { AddonCluster } from './addon-cluster.ts';
import { applyDaprCharts, daprAppsNamespace as namespace, everybody, untilAppsReady } from './dapr-apps.ts';
import { nodeKubectl } from './node-kubectl.ts';

const task: Task = { signal: new AbortController().signal, report: () => {} };
const { signal } = task;
const dayMs = 24 * 3_600_000;

/** An answer, or what went wrong instead. */
type Answer = readonly [status: number | string, body: string];

export function describeDaprSidecars(cluster: () => AddonCluster, dapr: () => Addon): void {
  /** What a program prints that runs beside the publisher. */
  const inPublisher = (program: string): Promise<string> => {
    const target = ['-n', namespace, 'exec', 'deployment/publisher', '-c', 'app'];
    return nodeKubectl(cluster(), [...target, '--', 'node', '-e', program], signal);
  };
  const askSidecar = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const init = { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const url = `http://127.0.0.1:3500/v1.0/${path}`;
    const say = 'async (r) => console.log(JSON.stringify([r.status, await r.text()]))';
    return JSON.parse(
      await inPublisher(`fetch(${JSON.stringify(url)}, ${JSON.stringify(init)}).then(${say})`),
    ) as Answer;
  };
  const applyCharts = (scopes: readonly string[]): Promise<void> =>
    applyDaprCharts(cluster(), scopes, signal);
  const podsOf = async (name?: string): Promise<ClusterObject[]> => {
    const query = { apiVersion: 'v1', kind: 'Pod', namespace };
    const labelSelector = name === undefined ? undefined : `app=${name}`;
    return cluster().api.list({ ...query, labelSelector }, signal);
  };
  const addressOf = async (name: string): Promise<string> =>
    ((await podsOf(name))[0]!['status'] as { podIP: string }).podIP;
  const publish = (text: string): Promise<Answer> => askSidecar('POST', 'publish/pubsub/greetings', { text });
  const received = async (): Promise<string> => {
    const pod = (await podsOf('subscriber'))[0]!.metadata.name;
    return cluster().api.logs({ namespace, pod, container: 'app' }, signal);
  };

  const hasReceived = async (text: string): Promise<true | string> => {
    const log = await received();
    return log.includes(text) || `the log ends in ${JSON.stringify(log.slice(-500))}`;
  };

  describe('sidecars', () => {
    test('bring messages from one app to the other, through Redis', async () => {
      expect(await publish('hello')).toEqual([204, '']);
      await until('the message has come', () => hasReceived('message hello\n'));
    });

    test('keep state for the app that may', async () => {
      expect(await askSidecar('POST', 'state/statestore', [{ key: 'a', value: { n: 1 } }])).toEqual([
        204,
        '',
      ]);
      expect(await askSidecar('GET', 'state/statestore/a')).toEqual([200, '{"n":1}']);
    });

    test('carry a call to another app', async () => {
      expect(await askSidecar('GET', 'invoke/subscriber/method/hello')).toEqual([
        ...[200, '{"from":"subscriber"}'],
      ]);
    });

    test('refuse to publish when the scope is taken away, at once and without a restart', async () => {
      const before = await podsOf();
      await applyCharts(['subscriber']);
      await until('publishing is refused', async () => {
        const answer = (await publish('no')).join(' ');
        return answer.includes('ERR_PUBSUB') || `answered ${answer}`;
      });
      expect(await publish('no')).toEqual([404, expect.stringContaining('ERR_PUBSUB_NOT_FOUND')]);
      await applyCharts(everybody);
      await until('publishing is accepted', async () => {
        const answer = await publish('again');
        return answer[0] === 204 || `answered ${answer.join(' ')}`;
      });
      await until('the message has come', () => hasReceived('message again\n'));
      expect(await received()).not.toContain('message no\n');
      expect((await podsOf()).map(({ metadata }) => metadata.uid)).toEqual(
        before.map(({ metadata }) => metadata.uid),
      );
    });

    // The same call twice: at the interface for the app itself, which is plain, it shows that the caller can do it.
    test.each([
      ['answer a plain call on the port for their own app', '127.0.0.1', 50001, /^answer 200$/],
      ['refuse a plain call on the port for other sidecars', 'subscriber', 50002, /^error /],
    ])('%s', async (_title, host, port, outcome) => {
      const address = host === 'subscriber' ? await addressOf(host) : host;
      const said = await inPublisher(`
        const client = require('node:http2').connect('http://${address}:${port}');
        const done = (text) => { console.log(text); process.exit(0); };
        client.on('error', (error) => done('error ' + error.code));
        client.on('close', () => done('error closed'));
        const call = client.request({
          ':method': 'POST', ':path': '/dapr.proto.runtime.v1.Dapr/GetMetadata',
          'content-type': 'application/grpc', te: 'trailers',
        });
        call.on('error', (error) => done('error ' + error.code));
        call.on('response', (headers) => done('answer ' + headers[':status']));
        call.end(Buffer.alloc(5));
      `);
      expect(said.trim()).toMatch(outcome);
    });

    test('prove who they are by a certificate of sentry that holds for a day', async () => {
      const said = await inPublisher(`
        const socket = require('node:tls').connect(
          { host: '${await addressOf('subscriber')}', port: 50002, rejectUnauthorized: false, ALPNProtocols: ['h2'] },
          () => {
            const chain = [];
            let next = socket.getPeerCertificate(true);
            while (next?.raw && !chain.includes(next.raw.toString('base64'))) {
              chain.push(next.raw.toString('base64'));
              next = next.issuerCertificate;
            }
            console.log(JSON.stringify(chain));
            process.exit(0);
          },
        );
      `);
      const [leaf, issuer] = (JSON.parse(said) as string[]).map(
        (raw) => new X509Certificate(Buffer.from(raw, 'base64')),
      );
      const bundle = { name: 'dapr-trust-bundle', namespace: 'dapr-system' };
      const secret = await cluster().api.get({ apiVersion: 'v1', kind: 'Secret', ...bundle }, signal);
      const { 'ca.crt': pem } = secret!['data'] as Record<'ca.crt', string>;
      const root = new X509Certificate(Buffer.from(pem, 'base64'));

      expect(leaf?.subjectAltName).toContain(`spiffe://public/ns/${namespace}/subscriber`);
      expect(root.ca && root.verify(root.publicKey)).toBe(true);
      expect(issuer?.verify(root.publicKey)).toBe(true);
      expect(leaf?.verify(issuer!.publicKey)).toBe(true);
      // From a little before its making, by which clocks may differ, to a day after it.
      const livesMs = leaf!.validToDate.getTime() - leaf!.validFromDate.getTime();
      expect(livesMs).toBeGreaterThanOrEqual(dayMs);
      expect(livesMs).toBeLessThanOrEqual(dayMs + 2 * 15 * 60_000);
    });

    test('are given to the pods that came up without one, and no other pod is touched', async () => {
      const { api } = cluster();
      const webhook = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration' };
      const reference = { ...webhook, name: 'dapr-sidecar-injector' };
      const { metadata, ...rest } = (await api.get(reference, signal))!;
      const { name, labels, annotations } = metadata;
      const [injected] = await podsOf('publisher');
      const others = (await podsOf()).filter((pod) => pod.metadata.uid !== injected?.metadata.uid);
      expect(findBareSidecarPods(await podsOf())).toEqual([]);

      await api.delete(reference, signal);
      // For a moment the API server still asks a webhook that is gone.
      await until('a pod comes up bare', async () => {
        for (const { metadata } of await podsOf('publisher'))
          if (metadata.deletionTimestamp === undefined)
            await api.delete({ ...metadata, apiVersion: 'v1', kind: 'Pod' }, signal);
        await until('it has a successor', async () =>
          (await podsOf('publisher')).some(({ metadata }) => metadata.deletionTimestamp === undefined),
        );
        return findBareSidecarPods(await podsOf()).length === 1;
      });
      await api.apply(
        { ...rest, metadata: { name, labels: labels!, annotations: annotations! } },
        { signal },
      );
      await dapr().verify({ api, ports: [] }, task);

      const pods = findBareSidecarPods(await podsOf());
      expect(pods.map(({ controller }) => controller)).toEqual([
        expect.stringMatching(/^ReplicaSet publisher-/),
      ]);
      const outcome = await restartBarePods({ api, pods }, task);
      expect(outcome).toEqual({ restarted: [`${namespace}/${pods[0]?.name}`], left: [] });
      await untilAppsReady(api, signal);
      expect(findBareSidecarPods(await podsOf())).toEqual([]);
      const now = (await podsOf()).map((pod) => pod.metadata.uid);
      expect(now).toEqual(expect.arrayContaining(others.map((pod) => pod.metadata.uid)));
      expect((await publish('healed'))[0]).toBe(204);
    });
  });
}
