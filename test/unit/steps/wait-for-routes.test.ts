import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { ClusterObject } from '../../../scripts/kubernetes/cluster-api.ts';
import { waitForRoutes } from '../../../scripts/steps/wait-for-routes.ts';

function ingress(host: string | undefined): ClusterObject {
  const rule = { ...(host === undefined ? {} : { host }), http: { paths: [{ path: '/api/' }] } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'i' },
    spec: { rules: [rule] },
  };
}

describe('waitForRoutes', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  /** Answers 404 to every host but todo.local; that one by the list, then by its last entry. */
  async function listen(statuses: readonly number[]): Promise<{ port: number; asked: () => number }> {
    let asked = 0;
    server = createServer(({ headers }, response) => {
      const isOurs = headers.host === 'todo.local';
      response.statusCode = isOurs ? statuses[Math.min(asked++, statuses.length - 1)]! : 404;
      response.end('nothing here');
    });
    await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
    return { port: (server.address() as AddressInfo).port, asked: () => asked };
  }

  async function wait(
    manifest: readonly ClusterObject[],
    port: number,
    deadlineMs: number,
  ): Promise<string[]> {
    const reports: string[] = [];
    const ports = [{ name: 'http', containerPort: 80, hostPort: port, listenAddress: '127.0.0.1' }];
    const task = {
      signal: new AbortController().signal,
      report: ({ text }: { text: string }) => void reports.push(text),
    };
    await waitForRoutes({ manifest, ports, deadlineMs }, task);
    return reports;
  }

  test('ends when the host is answered in another way than a host that nobody serves', async () => {
    const { port, asked } = await listen([404, 503, 200]);
    expect(await wait([ingress('todo.local')], port, 5_000)).toEqual([
      'waiting: it answers 404, as for a host that nobody serves',
      'waiting: it answers 503',
    ]);
    expect(asked()).toBe(3);
  });

  test('fails after the deadline with the last answer', async () => {
    const { port } = await listen([404]);
    await expect(wait([ingress('todo.local')], port, 50)).rejects.toThrow(
      /todo\.local\/api\/ is served on .*last state seen: it answers 404, as for a host that nobody serves/,
    );
  });

  test('leaves out rules whose answers prove nothing, and objects that are no Ingress', async () => {
    const { port, asked } = await listen([404]);
    const service: ClusterObject = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' } };
    await wait([ingress(undefined), ingress('*.local'), service], port, 50);
    expect(asked()).toBe(0);
  });
});
