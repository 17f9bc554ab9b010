// Looks at the containers of a kind cluster by a bare question to the engine: no program is started.

import type { ClusterState } from '../cluster-driver.ts';
import { clusterOf, kindClusterLabel, kindRoleLabel, parseKindContainers } from './kind-node-list.ts';

interface ListedContainer {
  readonly Names: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
  readonly State: string;
  readonly Status: string;
  readonly NetworkSettings?: { readonly Networks?: Readonly<Record<string, unknown>> };
}

/** GETs a path of the engine's API and gives the parsed answer. */
type AskEngine = (path: string, signal: AbortSignal) => Promise<unknown>;

/** As KindDriver.observe tells it, but for the ports. */
export async function observeKindNodes(
  ask: AskEngine,
  { cluster, network }: { readonly cluster: string; readonly network: string },
  signal: AbortSignal,
): Promise<Omit<ClusterState, 'ports'>> {
  const label = [`${kindClusterLabel}=${cluster}`];
  const filters = encodeURIComponent(JSON.stringify({ label }));
  const found = (await ask(`/containers/json?all=1&filters=${filters}`, signal)) as ListedContainer[];
  // In the words of `docker ps`, so that one parser reads both.
  const lines = found.map(({ Names, Labels, State, Status, NetworkSettings }) =>
    [
      ...[Names[0]?.replace(/^\//, '') ?? '', Labels[kindRoleLabel] ?? '', State, ''],
      ...[Object.keys(NetworkSettings?.Networks ?? {}).join(','), Status],
    ].join('\t'),
  );
  return clusterOf(parseKindContainers(lines.join('\n')), network, (nodes) => startTimes(ask, nodes, signal));
}

function startTimes(ask: AskEngine, nodes: readonly string[], signal: AbortSignal): Promise<string[]> {
  return Promise.all(
    nodes.map(async (node) => {
      const { State } = (await ask(`/containers/${node}/json`, signal)) as { State: { StartedAt: string } };
      return State.StartedAt;
    }),
  );
}
