// Which project an environment belongs to: the one whose config it was made from.

import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../failure.ts';
import { keepClusterRecord } from '../cluster/cluster-record.ts';
import { isHeld, readPlace, rememberPlace, type KnownPlace, type Project } from './known-places.ts';
import { otherPlaces } from './other-places.ts';

/** The project of a config, which need not be there. */
export async function projectOf(configFile: string): Promise<Project> {
  const folder = await realpath(dirname(configFile)).catch(() => dirname(configFile));
  const file = join(folder, basename(configFile));
  return { id: createHash('sha256').update(file).digest('hex').slice(0, 12), configFile: file };
}

export interface Claim {
  readonly environment: string;
  readonly clusterName: string;
  readonly project: Project;
  /** Whether an environment that another project has made is taken over. */
  readonly adopts: boolean;
  /** Whether its config says that others may be in its cluster. */
  readonly shared?: boolean | undefined;
}

/**
 * Whose the environment is from now on: the project that has it already, by its id, else this one. Rejects with Failure
 * 'ownership' where the cluster is another environment's or another project's.
 */
export async function claimPlace(
  stateFolder: string,
  claim: Claim,
  { isKept }: { readonly isKept: boolean },
): Promise<Project> {
  // Where nothing was made yet, or all was taken away, nothing is held.
  const known = isHeld(stateFolder) ? await readPlace(stateFolder) : undefined;
  if (known !== undefined) refuseOther(known, claim);
  const { environment, clusterName, shared } = claim;
  const others = await otherPlaces({ stateFolder, clusterName });
  for (const other of others) refuseOther(other, claim);
  const project = { ...claim.project, id: known?.project?.id ?? claim.project.id };
  if (isKept) {
    const place = { environment, clusterName, project, ...(shared ? { shared } : {}) };
    await rememberPlace(stateFolder, place);
    if (others.length > 0) await keepClusterRecord(stateFolder);
  }
  return project;
}

/** Whether a place is of this project. Those from before projects were recorded belong to whoever names them. */
export function isOfProject(
  place: KnownPlace,
  { project, adopts }: Pick<Claim, 'project' | 'adopts'>,
): boolean {
  return adopts || place.project === undefined || place.project.configFile === project.configFile;
}

/**
 * Rejects a cluster that is another environment's or another project's, with both named, unless both say that they share
 * it. In a cluster things are told apart by the name of the environment: two of one name cannot share it.
 */
export function refuseOther(known: KnownPlace, claim: Claim): void {
  if (known.environment === claim.environment && isOfProject(known, claim)) return;
  if (known.environment !== claim.environment && known.shared === true && claim.shared === true) return;
  const holder = known.project === undefined ? '' : ` of ${known.project.configFile}`;
  const isMoved = known.environment === claim.environment;
  throw new Failure(
    'ownership',
    `the cluster ${known.clusterName} belongs to another ${isMoved ? 'project' : 'environment'}`,
    {
      details: [
        `it was made for: environment ${known.environment}${holder}${said(known)}`,
        `asked for now:   environment ${claim.environment} of ${claim.project.configFile}${said(claim)}`,
      ],
      hint: isMoved
        ? 'Give this environment a cluster of its own in the config (cluster.name). Is it the same project, moved or renamed? Then take it over once with --adopt. To share the cluster (cluster.shared in both), the environments need different names.'
        : `Give this environment a cluster of its own in the config (cluster.name), or take the other one down first. ${wayToShare(known, claim)}`,
    },
  );
}

function said({ shared }: { readonly shared?: boolean | undefined }): string {
  return shared === true ? ', which says cluster.shared' : '';
}

function wayToShare(known: KnownPlace, claim: Claim): string {
  const missing = [...(known.shared === true ? [] : [known]), ...(claim.shared === true ? [] : [claim])];
  const names = missing.map(({ environment }) => environment).join(' and ');
  const then = known.shared === true ? '' : `, and run up for ${known.environment} once`;
  return `Are both to be in one cluster? Then set cluster.shared: true in the config of ${names}${then}.`;
}
