// Pure: which images run, and whether that is certain.

import { labelsAt, show, textAt, valueAt } from '../fields.ts';
import { isPinnedTag, parseImageReference } from '../image-reference.ts';
import type { Breach, PolicySet, Rule } from '../policy-set.ts';
import { containersOf, inContainer, podsOf, type Container } from '../pods.ts';

/** Images of Slipway's own never come from a registry. */
const OWN = 'slipway.local/';
const VERSION_LABEL = 'app.kubernetes.io/version';

export const imageTag: Rule = {
  name: 'image-tag',
  title: 'images have a tag that never moves: a semantic version or a sha; never latest',
  why: 'What runs must be known, and the same tomorrow (seed 001, Application Component: semver or commit SHA, not "latest"; seed 004, ContainerImage).',
  remedy: 'Name the version or sha- tag, or a digest.',
  check: (set) =>
    containersOf(set).flatMap((container): Breach[] => {
      const what = whatIsWrong(container.image);
      return what === undefined
        ? []
        : [{ ...inContainer(container, 'image'), what: `${container.name}: ${what}` }];
    }),
};

export const pullPolicy: Rule = {
  name: 'pull-policy',
  title: 'the pull policy fits where the image comes from: Never for loaded images, else IfNotPresent',
  why: 'A loaded image is in no registry, and one that is pulled at each start needs the network for nothing (seed 001, Deployment Configuration: Never for local, IfNotPresent for remote registries).',
  remedy: 'Set imagePullPolicy to the one that is named.',
  check: (set) =>
    containersOf(set).flatMap((container): Breach[] => {
      if (container.image === undefined) return [];
      const wanted = isLoaded(set, container.image) ? 'Never' : 'IfNotPresent';
      const found = valueAt(container.body, 'imagePullPolicy') ?? defaultPolicy(container.image);
      return found === wanted
        ? []
        : [
            {
              ...inContainer(container, 'imagePullPolicy'),
              what: `${container.name}: the pull policy is ${show(found)}; for this image it has to be ${wanted}`,
            },
          ];
    }),
};

export const versionLabel: Rule = {
  name: 'version-label',
  title: `the declared version (label ${VERSION_LABEL}, else the chart's appVersion) is the tag of the image`,
  why: 'Whoever looks at the cluster sees what really runs (seed 002, HelmChart: appVersion must match the image tag). Images are tagged by content, so the label carries it.',
  remedy: `Set the label ${VERSION_LABEL} to the tag of the image.`,
  check: (set) =>
    podsOf(set).flatMap((pod): Breach[] => {
      const { object } = pod;
      if (object.release.origin === 'third-party') return [];
      const tags = pod.containers.filter(({ isMain }) => isMain).flatMap((container) => tagOf(container));
      if (tags.length === 0) return [];
      const label = labelsAt(object.body, 'metadata', 'labels').get(VERSION_LABEL);
      const declared = label ?? textAt(object.release.chart, 'appVersion');
      if (declared !== undefined && tags.some((tag) => withoutV(tag) === withoutV(declared))) return [];
      return [
        {
          object,
          path: ['metadata', 'labels', VERSION_LABEL],
          what: `the version is ${declared === undefined ? 'not declared' : `'${declared}'`}, the image is tagged ${tags.join(', ')}`,
        },
      ];
    }),
};

function whatIsWrong(image: string | undefined): string | undefined {
  if (image === undefined || image === '') return 'names no image';
  const { tag, digest } = parseImageReference(image);
  if (tag === 'latest') return `${image} is tagged latest`;
  if (tag === undefined) return digest === undefined ? `${image} has no tag` : undefined;
  // With a digest the tag is only for people.
  return digest !== undefined || isPinnedTag(tag) ? undefined : `'${tag}' is neither a version nor a sha`;
}

function isLoaded(set: PolicySet, image: string): boolean {
  return image.startsWith(OWN) || set.loadedImages.has(image);
}

/** https://kubernetes.io/docs/concepts/containers/images/#imagepullpolicy-defaulting */
function defaultPolicy(image: string): string {
  const { tag, digest } = parseImageReference(image);
  return digest === undefined && (tag === undefined || tag === 'latest') ? 'Always' : 'IfNotPresent';
}

function tagOf({ image }: Container): string[] {
  const tag = image === undefined ? undefined : parseImageReference(image).tag;
  return tag === undefined ? [] : [tag];
}

function withoutV(version: string): string {
  return version.replace(/^v/, '');
}
