import { expect, test } from 'vitest';
import { observeKindNodes } from '../../../../src/cluster/kind/observe-kind-nodes.ts';

const node = {
  Names: ['/todo-control-plane'],
  Labels: { 'io.x-k8s.kind.cluster': 'todo', 'io.x-k8s.kind.role': 'control-plane' },
  State: 'running',
  Status: 'Up 3 hours',
  NetworkSettings: { Networks: { 'slipway-todo': {} } },
};
const worker = { ...node, Names: ['/todo-worker'], Labels: { 'io.x-k8s.kind.role': 'worker' } };
const place = { cluster: 'todo', network: 'slipway-todo' };
const signal = new AbortController().signal;

test.each([
  ['that runs', [worker, node], { status: 'running', nodes: ['todo-control-plane', 'todo-worker'] }],
  ['of which one node is stopped', [node, { ...worker, State: 'exited' }], { status: 'stopped' }],
  ['that is not there', [], { status: 'absent', nodes: [], isOnOwnNetwork: false }],
  [
    'of which one node was just started',
    [node, { ...worker, Status: 'Up About a minute' }],
    { status: 'running', startedAtMs: Date.parse('2026-01-01T10:00:00.5Z') },
  ],
  [
    'of somebody else',
    [{ ...node, NetworkSettings: { Networks: { kind: {} } } }],
    { status: 'running', isOnOwnNetwork: false },
  ],
])('a cluster %s', async (_case, containers, expected) => {
  const asked: string[] = [];
  const startedAt = { 'todo-control-plane': '2026-01-01T01:00:00Z', 'todo-worker': '2026-01-01T10:00:00.5Z' };
  const ask = async (path: string): Promise<unknown> => {
    asked.push(decodeURIComponent(path));
    for (const [name, StartedAt] of Object.entries(startedAt))
      if (path === `/containers/${name}/json`) return { State: { StartedAt } };
    return containers;
  };
  expect(await observeKindNodes(ask, place, signal)).toMatchObject({ isOnOwnNetwork: true, ...expected });
  expect(asked[0]).toBe('/containers/json?all=1&filters={"label":["io.x-k8s.kind.cluster=todo"]}');
});
