// Whether a cluster is the one that we made. Every command that changes something asks before it does.

import { X509Certificate } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import type { ClusterDriver } from './cluster-driver.ts';
import { Failure } from '../failure.ts';
import type { ClusterApi } from '../kubernetes/client/cluster-api.ts';
import { readCredentials } from '../kubernetes/client/connect-cluster.ts';
import type { ClusterRecord } from './cluster-record.ts';

/** Refuses a cluster whose identity is not the recorded one: another cluster of the same name, or another context. */
export async function checkIdentity(
  api: ClusterApi,
  record: ClusterRecord,
  signal: AbortSignal,
): Promise<void> {
  const found = await api.identity(signal);
  if (found !== record.identity) throw notTheRecorded(record, `kube-system uid ${found}`);
}

/**
 * Refuses a cluster whose nodes hold another authority than the recorded one. For a cluster that does not answer:
 * with the credentials of another one, it never will.
 */
export async function checkAuthority(
  driver: ClusterDriver,
  place: { readonly clusterName: string; readonly kubeconfigFile: string },
  record: ClusterRecord,
  signal: AbortSignal,
): Promise<void> {
  const made = record.authority ?? (await readAuthority(place.kubeconfigFile));
  const file = `${place.kubeconfigFile}.now`;
  try {
    await driver.writeKubeconfig(place.clusterName, file, signal);
    const found = await readAuthority(file);
    if (made !== undefined && found !== undefined && found !== made)
      throw notTheRecorded({ ...record, authority: made }, `authority ${found}`);
  } catch (error) {
    // Its nodes are too broken to tell.
    if (!(error instanceof Failure) || error.code !== 'command') throw error;
  } finally {
    await rm(file, { force: true });
  }
}

/** SHA-256 of the certificate by which a kubeconfig knows its cluster; undefined where it has none. */
export async function readAuthority(kubeconfigFile: string): Promise<string | undefined> {
  try {
    const ca = (await readCredentials(await readFile(kubeconfigFile, 'utf8')))?.ca;
    return ca === undefined ? undefined : new X509Certificate(ca).fingerprint256;
  } catch {
    return undefined;
  }
}

/** What is there under the recorded name was made by somebody else. */
export function notTheRecorded(record: ClusterRecord, found: string): Failure {
  const authority = record.authority === undefined ? '' : `, authority ${record.authority}`;
  return new Failure('identity', `cluster ${record.name} is not the one that Slipway made`, {
    details: [`made by Slipway: kube-system uid ${record.identity}${authority}`, `there now:       ${found}`],
    hint: `Somebody made another cluster of that name. Delete it yourself, or name another one in the config (cluster.name).`,
  });
}

/** What is there under the wanted name is not known to be ours. */
export function notOurs(clusterName: string): Failure {
  return new Failure('ownership', `there is a cluster ${clusterName} already, and Slipway did not make it`, {
    hint: 'Give this environment another cluster name in the config (cluster.name), or delete that cluster yourself.',
  });
}

/** Whose a cluster is: one environment of one project. */
export interface ClusterOwner {
  /** Name of the environment. */
  readonly name: string;
  /** Id of the project, where it is known. */
  readonly project?: string | undefined;
}

/** The mark that the cluster itself carries, for when the state folder is gone. */
export function ownershipMark({
  name: environment,
  project,
}: ClusterOwner): Parameters<ClusterApi['apply']>[0] {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'slipway', namespace: 'kube-system', labels: { 'slipway.dev/owner': 'slipway' } },
    data: { environment, ...(project === undefined ? {} : { project }) },
  };
}

/** True when the cluster carries our mark for this environment, and none of another project. */
export async function carriesMark(
  api: ClusterApi,
  { name, project }: ClusterOwner,
  signal: AbortSignal,
): Promise<boolean> {
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'slipway', namespace: 'kube-system' };
  const data = (await api.get(reference, signal))?.['data'] as Record<string, string> | undefined;
  if (data?.['environment'] !== name) return false;
  // Clusters that were made before projects were recorded name none.
  return data['project'] === undefined || project === undefined || data['project'] === project;
}
