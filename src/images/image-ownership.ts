// Pure: which names of images, and which images without a name, are ours.
//
// A label alone is no proof: an image that somebody builds FROM one of ours inherits its labels, and `docker tag` gives
// our image a name of theirs. So a name is ours when it is the very one that the labels of the image say, and a nameless
// image when it carries the mark of a build under way, which the finished image does not pass on.

import type { StoredImage } from './image-store.ts';

type Labels = Readonly<Record<string, string>>;

export const OWNER_LABEL = 'dev.slipway.owner';
export const CLUSTER_LABEL = 'dev.slipway.cluster';
export const IMAGE_LABEL = 'dev.slipway.image';
export const ARTIFACT_LABEL = 'dev.slipway.artifact';
/** 'building' on what the classic builder makes on its way to an image, 'no' on the image itself. */
export const STAGE_LABEL = 'dev.slipway.stage';

const OUR_NAME = /^slipway\.local\/(.+):sha-[0-9a-f]{12}$/;

/**
 * What stands for the cluster in the names and labels of an environment's images: environments that share a cluster may
 * have images of one name.
 */
export function imageScopeOf({
  clusterName,
  imageScope = clusterName,
}: {
  readonly clusterName: string;
  readonly imageScope?: string | undefined;
}): string {
  return imageScope;
}

/** Whether we gave an image with these labels this name. */
export function isOwnReference(reference: string, labels: Labels): boolean {
  const [, repository] = OUR_NAME.exec(reference) ?? [];
  if (repository === undefined || labels[OWNER_LABEL] !== 'slipway') return false;
  const cluster = labels[CLUSTER_LABEL];
  if (cluster !== undefined) return repository === `${cluster}/${labels[IMAGE_LABEL] ?? ''}`;
  const artifact = labels[ARTIFACT_LABEL];
  return artifact === undefined ? !repository.includes('/') : repository === artifact;
}

/** Names of ours that an image has, without those that others gave it. */
export function ownReferences({ references, labels }: Pick<StoredImage, 'references' | 'labels'>): string[] {
  return references.filter((reference) => isOwnReference(reference, labels));
}

/** Whether an image without a name is what a build of ours has left on its way. */
export function isOwnStage({ id, references, labels }: StoredImage): boolean {
  const isNameless = references.every((reference) => reference === id);
  return isNameless && labels[OWNER_LABEL] === 'slipway' && labels[STAGE_LABEL] === 'building';
}
