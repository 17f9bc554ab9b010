// Whether a node has an image as the engine has it, and what to say when it does not.

import { Failure } from '../../failure.ts';
import type { StoredImage } from '../image-store.ts';
import type { NodeState } from './node-images.ts';

export interface WantedImage {
  readonly reference: string;
  /** As containerd calls it. */
  readonly name: string;
  readonly image: StoredImage;
}

export interface LoadProblem {
  readonly node: string;
  readonly reference: string;
  readonly problem: string;
}

/** Only this one goes away by itself: CRI hears of new images by and by. */
export const UNNOTICED = 'imported, but kubelet does not see it';

/** What is wrong with the image on a node in this state; undefined where a pod can start from it. */
export function problemOf({ name, image }: WantedImage, { images }: NodeState): string | undefined {
  const there = images.get(name);
  if (!there) return 'not there';
  if (!there.digests.has(image.id))
    return `another image of that name (${[...there.digests].join(', ')}, not ${image.id})`;
  if (!there.unpacked) return 'not unpacked';
  return there.managed ? undefined : UNNOTICED;
}

/** What has to be brought: all but what only has to be noticed. */
export function lackingOf(wanted: readonly WantedImage[], state: NodeState): WantedImage[] {
  return wanted.filter((entry) => ![undefined, UNNOTICED].includes(problemOf(entry, state)));
}

/** `errors` are those that attempts ended with, oldest first; without a node, those of reading images. */
export function loadFailure(
  problems: readonly LoadProblem[],
  errors: readonly { readonly node?: string; readonly error: unknown }[],
  total: number,
): Failure {
  const failed = new Set(problems.map(({ node }) => node));
  const said = errors.flatMap(({ node, error }) =>
    error instanceof Error && (node === undefined || failed.has(node))
      ? [
          node === undefined ? error.message : `${node}: ${error.message}`,
          ...(error instanceof Failure ? error.details.map((line) => `  ${line}`) : []),
        ]
      : [],
  );
  return new Failure('load', `${problems.length} of ${total} images did not get into their nodes`, {
    details: [
      ...problems.map(({ node, reference, problem }) => `${node}: ${reference}: ${problem}`),
      ...new Set(said),
    ],
    cause: errors.findLast(({ node }) => node === undefined || failed.has(node))?.error,
  });
}
