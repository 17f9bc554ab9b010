// Pure: which of an engine's builders builds.

import { Failure } from '../../failure.ts';
import type { EngineFacts } from '../../engine/connect-engine.ts';
import type { Frontend } from './frontend-problems.ts';

/** 'auto': BuildKit wherever the engine has it. */
export type Builder = 'auto' | 'classic' | 'buildkit';

export interface BuilderSettings {
  /** `--builder`. */
  readonly option: string | undefined;
  /** The variable DOCKER_BUILDKIT, as docker's own client heeds it. */
  readonly variable: string | undefined;
}

/** What option or environment ask for; undefined where they leave it to the config. */
export function askedBuilder({ option, variable }: BuilderSettings): Builder | undefined {
  if (option !== undefined) return option as Builder;
  if (variable === undefined || variable === '') return undefined;
  if (/^(1|t|true)$/i.test(variable)) return 'buildkit';
  if (/^(0|f|false)$/i.test(variable)) return 'classic';
  throw new Failure('usage', `DOCKER_BUILDKIT is '${variable}': it has to be 0 or 1`, {
    hint: 'Unset it, or give --builder auto, classic or buildkit.',
  });
}

type Facts = Pick<EngineFacts, 'version' | 'containerdStore'>;

/**
 * Whether an engine has BuildKit for a context that is uploaded: Docker since 19.03, by the API. With the containerd
 * store it does not get at such a context before 28.0 (moby#47717).
 */
export function hasBuildkit({ version, containerdStore }: Facts): boolean {
  const major = majorOf(version);
  return Number.isNaN(major) || major >= (containerdStore ? 28 : 19);
}

/** Whether an engine builds with BuildKit by itself: Docker does since 23.0. */
export function prefersBuildkit(facts: Facts): boolean {
  const major = majorOf(facts.version);
  return hasBuildkit(facts) && (Number.isNaN(major) || major >= 23);
}

/** Which frontend reads a Dockerfile. */
export function frontendOf(facts: Facts, usesBuildkit: boolean): Frontend {
  if (!usesBuildkit) return 'classic';
  return majorOf(facts.version) < 23 ? 'built-in 1.2' : 'newer';
}

function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}
