// Which project an environment belongs to: the one whose config it was made from.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../failure.ts';
import { CLUSTER_RECORD_FILE } from '../cluster/cluster-record.ts';
import { readPlace, rememberPlace, type KnownPlace } from './known-places.ts';
import { JOURNAL_FILE } from './state-files.ts';

export interface Project {
  /** Stays when the project is moved and adopted: things in clusters carry it as a label. */
  readonly id: string;
  /** Its config, links followed. */
  readonly configFile: string;
}

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
  const isHeld = [JOURNAL_FILE, CLUSTER_RECORD_FILE].some((name) => existsSync(join(stateFolder, name)));
  const known = isHeld ? await readPlace(stateFolder) : undefined;
  if (known !== undefined) refuseOther(known, claim);
  const project = { ...claim.project, id: known?.project?.id ?? claim.project.id };
  const { environment, clusterName } = claim;
  if (isKept) await rememberPlace(stateFolder, { environment, clusterName, project });
  return project;
}

/** Whether a place is of this project. Those from before projects were recorded belong to whoever names them. */
export function isOfProject(
  place: KnownPlace,
  { project, adopts }: Pick<Claim, 'project' | 'adopts'>,
): boolean {
  return adopts || place.project === undefined || place.project.configFile === project.configFile;
}

/** Rejects a cluster that is another environment's or another project's, with both named. */
export function refuseOther(known: KnownPlace, claim: Claim): void {
  if (known.environment === claim.environment && isOfProject(known, claim)) return;
  const holder = known.project === undefined ? '' : ` of ${known.project.configFile}`;
  const isMoved = known.environment === claim.environment;
  throw new Failure(
    'ownership',
    `the cluster ${known.clusterName} belongs to another ${isMoved ? 'project' : 'environment'}`,
    {
      details: [
        `it was made for: environment ${known.environment}${holder}`,
        `asked for now:   environment ${claim.environment} of ${claim.project.configFile}`,
      ],
      hint: isMoved
        ? 'Give this environment a cluster of its own in the config (cluster.name). Is it the same project, moved or renamed? Then take it over once with --adopt.'
        : 'Give this environment a cluster of its own in the config (cluster.name), or take the other one down first.',
    },
  );
}
