import { describe, expect, test } from 'vitest';
import { proveMetricsServer } from '../../../../src/addons/metrics-server/verify-metrics-server.ts';
import { Failure } from '../../../../src/failure.ts';
import { ApiStatus } from '../../../../src/kubernetes/client/api-status.ts';
import type { ClusterObject, ListQuery } from '../../../../src/kubernetes/client/cluster-api.ts';
import { FakeClusterApi } from '../../../fakes/cluster-api.ts';

type Answers = Readonly<Record<string, readonly ClusterObject[] | Error>>;

/** Lists what it was given for each kind: one set of answers after the other, the last one for ever. */
class MetricsApi extends FakeClusterApi {
  readonly #rounds: Answers[];

  constructor(...rounds: Answers[]) {
    super();
    this.#rounds = rounds;
  }

  override async list({ kind, namespace }: ListQuery): Promise<ClusterObject[]> {
    const [round] = this.#rounds;
    const isLastOfRound = kind === 'PodMetrics';
    if (isLastOfRound && this.#rounds.length > 1) this.#rounds.shift();
    const answer = round?.[kind] ?? [];
    if (answer instanceof Error) throw answer;
    return answer.filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace);
  }
}

const usage = { cpu: '120m', memory: '500Mi' };
const node = (name: string): ClusterObject => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } });
const nodeFigures = (name: string, figures: object = usage): ClusterObject => ({
  ...{ apiVersion: 'metrics.k8s.io/v1beta1', kind: 'NodeMetrics' },
  ...{ metadata: { name }, usage: figures },
});
const podFigures = (namespace: string, ...containers: object[]): ClusterObject => ({
  ...{ apiVersion: 'metrics.k8s.io/v1beta1', kind: 'PodMetrics' },
  ...{ metadata: { name: 'pod', namespace }, containers },
});
const complete: Answers = {
  Node: [node('a')],
  NodeMetrics: [nodeFigures('a')],
  PodMetrics: [podFigures('metrics-server', { name: 'metrics-server', usage })],
};
const message = 'service unavailable';
const unavailable = new Failure('cluster', `cannot list nodes: ${message}`, {
  cause: new ApiStatus(503, 'ServiceUnavailable', message),
});

const claims = { namespace: 'metrics-server', deadlineMs: 10_000, intervalMs: 1 };
const task = { signal: new AbortController().signal, report: () => {} };

describe('proveMetricsServer', () => {
  test('is content with CPU and memory of every node and of its own pod', async () => {
    await expect(proveMetricsServer(claims, new MetricsApi(complete), task)).resolves.toBeUndefined();
  });

  test('waits while the API group does not answer', async () => {
    const texts: string[] = [];
    const api = new MetricsApi({ ...complete, PodMetrics: unavailable }, complete);
    await proveMetricsServer(claims, api, { ...task, report: ({ text }) => texts.push(text) });
    expect(texts.at(-1)).toBe(`waiting: the metrics API answers 503: ${message}`);
  });

  test.each<[string, Answers, string]>([
    ['the API group does not answer', { ...complete, NodeMetrics: unavailable }, `answers 503: ${message}`],
    ['a node has no figures', { ...complete, Node: [node('a'), node('b')] }, 'no figures yet of node b'],
    [
      'a node has half of them',
      { ...complete, NodeMetrics: [nodeFigures('a', { cpu: '1' })] },
      'no figures yet of node a',
    ],
    ['there is no node', { ...complete, Node: [] }, 'no figures yet of any node'],
    [
      'only pods elsewhere have figures',
      { ...complete, PodMetrics: [podFigures('todo', { name: 'x', usage })] },
      'no figures yet of a pod in namespace metrics-server',
    ],
    [
      'one of its containers has none',
      { ...complete, PodMetrics: [podFigures('metrics-server', { usage }, { usage: {} })] },
      'no figures yet of a pod in namespace metrics-server',
    ],
  ])('fails after its deadline when %s', async (_title, answers, state) => {
    const verification = proveMetricsServer({ ...claims, deadlineMs: 1 }, new MetricsApi(answers), task);
    await expect(verification).rejects.toMatchObject({
      code: 'addon',
      message: expect.stringMatching(new RegExp(`last state seen: .*${state}$`)) as string,
    });
  });

  test('does not take a bug for something to wait for', async () => {
    const api = new MetricsApi({ ...complete, Node: new TypeError('x') });
    await expect(proveMetricsServer(claims, api, task)).rejects.toThrow(TypeError);
  });
});
