import { expect, test } from 'vitest';
import {
  clusterOf,
  nodeNames,
  parseKindContainers,
  parsePortBindings,
  parsePublishedPorts,
  staleContainers,
} from '../../../../src/cluster/kind/kind-node-list.ts';

const twoNodes =
  'todo-worker\tworker\texited\t\n' +
  'todo-control-plane\tcontrol-plane\trunning\t127.0.0.1:8080->80/tcp, 127.0.0.1:40123->6443/tcp\n' +
  'todo-external-load-balancer\texternal-load-balancer\trunning\t127.0.0.1:40124->6443/tcp\n';

test('containers come in the order in which they start, and the load balancer is no node', () => {
  const containers = parseKindContainers(twoNodes);
  expect(containers.map((container) => container.name)).toEqual([
    'todo-external-load-balancer',
    'todo-control-plane',
    'todo-worker',
  ]);
  expect(nodeNames(containers)).toEqual(['todo-control-plane', 'todo-worker']);
});

test('a cluster runs when all of its containers do', async () => {
  const containers = parseKindContainers(twoNodes);
  const statusOf = async (some: typeof containers): Promise<string> =>
    (await clusterOf(some, 'slipway', () => Promise.resolve([]))).status;
  expect(await statusOf([])).toBe('absent');
  expect(await statusOf(containers)).toBe('stopped');
  expect(await statusOf(containers.filter((container) => container.isRunning))).toBe('running');
});

test('nodes are asked for their start only while one of them is younger than two minutes', async () => {
  const startOf = async (ages: readonly string[]): Promise<number | undefined> => {
    const lines = ages.map((age, index) => `node-${index}\tworker\trunning\t\tslipway\t${age}`);
    const times = ['2026-01-01T10:00:05.7Z', '2026-01-01T10:00:09Z'];
    const containers = parseKindContainers(lines.join('\n'));
    const seen = await clusterOf(containers, 'slipway', (nodes) => {
      expect(nodes).toEqual(['node-0', 'node-1']);
      return Promise.resolve(times);
    });
    return seen.startedAtMs;
  };
  expect(await startOf(['Up 2 minutes', 'Up About a minute'])).toBe(Date.parse('2026-01-01T10:00:09Z'));
  expect(await startOf(['Up 2 minutes', 'Up 3 hours'])).toBeUndefined();
});

test('the port of the Kubernetes API is none of the cluster’s ports, unless asked for', () => {
  const text = '127.0.0.1:8080->80/tcp, 127.0.0.1:40123->6443/tcp';
  expect(parsePublishedPorts(text)).toEqual([
    { containerPort: 80, hostPort: 8080, listenAddress: '127.0.0.1' },
  ]);
  expect(parsePublishedPorts(text, { apiToo: true })).toHaveLength(2);
});

test('ranges, IPv6 addresses and ports that are only exposed are read', () => {
  const text =
    '0.0.0.0:3000-3001->4000-4001/tcp, :::90->80/tcp, [::1]:91->81/tcp, 53/udp, 0.0.0.0:53->53/udp';
  expect(parsePublishedPorts(text)).toEqual([
    { containerPort: 4000, hostPort: 3000, listenAddress: '0.0.0.0' },
    { containerPort: 4001, hostPort: 3001, listenAddress: '0.0.0.0' },
    { containerPort: 80, hostPort: 90, listenAddress: '::' },
    { containerPort: 81, hostPort: 91, listenAddress: '[::1]' },
  ]);
});

test('the bindings of a stopped container tell its ports', () => {
  const bindings = {
    '80/tcp': [{ HostIp: '', HostPort: '8080' }],
    '6443/tcp': [{ HostPort: '1' }],
    '9/tcp': null,
  };
  expect(parsePortBindings(JSON.stringify(bindings))).toEqual([
    { containerPort: 80, hostPort: 8080, listenAddress: '0.0.0.0' },
  ]);
  expect(parsePortBindings('null')).toEqual([]);
});

test('containers from before the start are stale; those of the same second are not', () => {
  const startedAt = Date.parse('2026-01-01T10:00:05.700Z');
  const times = '2026-01-01T10:00:05Z\n\n2026-01-01T10:00:09Z\n';
  expect(staleContainers(times, startedAt)).toBe('');
  expect(staleContainers(`${times}2026-01-01T09:00:00Z`, startedAt)).toMatch(/^1 containers/);
});
