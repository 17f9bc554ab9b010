// `slipway status`: what is there and how it is. Changes nothing and needs no images or charts.

import { imageScopeOf } from '../images/image-ownership.ts';
import { isOf } from '../kubernetes/ownership.ts';
import { join } from 'node:path';
import { SizeHistory } from '../images/size-history.ts';
import type { ObservedRelease } from '../plan/state.ts';
import { learnSecrets } from '../secrets/learn-secrets.ts';
import { judgeReleases } from '../up/observe-state.ts';
import { findLeftovers } from '../down/find-leftovers.ts';
import { formatBytes } from '../view/format-bytes.ts';
import { formatTable } from '../view/table.ts';
import type { CommandContext } from '../cli/command-context.ts';
import { kubeconfigCommand, fillPorts, type NamedUrl } from '../up/describe-access.ts';
import { findPlace } from '../state/find-place.ts';
import { openPlace } from '../cli/wiring/open-place.ts';
import { baseOptions, type CommandSpec } from '../cli/option-spec.ts';
import { addonCatalog } from '../addons/addon-catalog.ts';
import type { PortMapping } from '../cluster/cluster-driver.ts';
import { loadConfig } from '../config/load-config.ts';
import { Failure } from '../failure.ts';

export const statusSpec: CommandSpec = {
  name: 'status',
  summary:
    'Shows the cluster, addons, releases, images and URLs of an environment. Exit code 1: not all is ready.',
  options: baseOptions,
};

interface StatusRow {
  readonly kind: string;
  readonly name: string;
  readonly state: string;
  readonly detail: string;
}

export async function status(context: CommandContext): Promise<number> {
  await using place = await openPlace(context, { ...(await findPlace(context)), engine: 'expect' });
  const { signal } = context;
  const [cluster, { api }, images] = await Promise.all([
    place.driver.observe(place.clusterName, signal),
    findLeftovers(place, signal),
    place.images.list({ 'dev.slipway.cluster': imageScopeOf(place) }, signal),
  ]);
  if (api) await learnSecrets(api, context.redactor, signal);
  const all = api ? await place.releases.list(signal) : [];
  const stored = all.filter(({ labels }) => isOf(place.name, labels));
  context.redactor.addNames(stored.flatMap(({ name, namespace }) => [name, namespace]));
  const releases = api ? await judgeReleases(api, stored, signal, { stateFolder: place.stateFolder }) : [];
  // Stages of builds have no name of their own.
  const named = images.filter((image) => image.references[0] !== image.id);
  const sizes = new SizeHistory(place.stateFolder);
  const sizeOf = async (reference: string): Promise<number> => {
    const layers = (await sizes.layersOf(reference)) ?? (await place.images.layers(reference, signal));
    return layers.reduce((sum, layer) => sum + layer.sizeBytes, 0);
  };
  const sizeBytes = await Promise.all(named.map(({ references }) => sizeOf(references[0]!)));
  const urls = await readUrls(context, place.name, cluster.ports);
  const clusterState = cluster.status === 'running' && !api ? 'does not answer' : cluster.status;
  const rows: StatusRow[] = [
    {
      kind: 'cluster',
      name: place.clusterName,
      state: clusterState,
      detail: cluster.ports.map((port) => `${port.name} ${port.listenAddress}:${port.hostPort}`).join(', '),
    },
    ...releases.map(describeRelease),
    ...named.map((image, index): StatusRow => ({
      kind: 'image',
      name: image.labels['dev.slipway.image'] ?? '',
      state: formatBytes(sizeBytes[index]!),
      detail: image.references.join(', '),
    })),
    ...urls.map(({ name, url }): StatusRow => ({ kind: 'url', name, state: '', detail: url })),
  ];
  if (context.options.flags.has('json')) {
    for (const row of rows) context.print(JSON.stringify(row));
  } else {
    context.print(
      formatTable({ head: ['KIND', 'NAME', 'STATE', ''], rows: rows.map((row) => Object.values(row)) }),
    );
    if (api) context.print(kubeconfigCommand(join(place.stateFolder, 'kubeconfig')));
  }
  const isReady = api !== undefined && releases.length > 0 && releases.every(isRight);
  return isReady ? 0 : 1;
}

function isRight({ verdict, withoutSidecar, drift = [] }: ObservedRelease): boolean {
  return verdict.state === 'ready' && withoutSidecar.length === 0 && drift.length === 0;
}

function describeRelease(release: ObservedRelease): StatusRow {
  const { name, namespace, status: helm, verdict, withoutSidecar, drift = [], syncedFiles } = release;
  const byVerdict = { ready: 'Ready', waiting: 'Pending', failed: 'Failed' };
  const state =
    helm !== 'deployed'
      ? helm
      : withoutSidecar.length + drift.length > 0
        ? 'Degraded'
        : byVerdict[verdict.state];
  const synced = syncedFiles === undefined ? [] : [describeSynced(syncedFiles)];
  const detail = [...synced, ...drift, ...withoutSidecar, ...verdict.waitingFor].join('; ');
  return { kind: 'release', name: `${namespace}/${name}`, state, detail };
}

function describeSynced(files: number): string {
  return `its image and ${files === 1 ? '1 synced file' : `${files} synced files`}`;
}

/** The URLs of an environment, where its config can be read. Empty when the config is broken or gone: whoever asks for a status wants one all the same. */
async function readUrls(
  context: CommandContext,
  environment: string,
  ports: readonly PortMapping[],
): Promise<NamedUrl[]> {
  try {
    const config = await loadConfig({ configFile: context.configFile, addons: [...addonCatalog.keys()] });
    return fillPorts(config.environments[environment]?.urls ?? {}, ports);
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}
