// From the config and the files on disk to everything that is wanted. Reads files; starts and changes nothing.

import { imageScopeOf } from '../images/image-ownership.ts';
import { join } from 'node:path';
import { definitionGroups } from '../addons/definition-groups.ts';
import type { PortMapping } from '../cluster/cluster-driver.ts';
import type { Environment } from '../config/schema.ts';
import type { ReleaseSpec } from '../releases/release-store.ts';
import type { ImageAliases } from '../images/image-aliases.ts';
import type { Builder } from '../images/build/choose-builder.ts';
import type { BuildRequest } from '../images/image-store.ts';
import { imageTag } from '../plan/image-tag.ts';
import type { DesiredImage, DesiredRelease } from '../plan/state.ts';
import type { Artifact } from '../packages/artifact.ts';
import { fingerprintOf } from '../packages/content-fingerprint.ts';
import type { Workshop } from '../packages/workshop.ts';
import { syncValues } from '../sync/sync-rules.ts';
import { describeBundled, type BundledParts } from '../packages/bundled-parts.ts';
import { diskContent, type ContentReader } from '../images/content-reader.ts';
import {
  type EnvironmentPlace,
  type EnvironmentRun,
  IMAGE_ENVIRONMENT_LABEL,
  IMAGE_PROJECT_LABEL,
} from './environment-run.ts';
import { withValueAt } from '../releases/chart/value-path.ts';
import { clusterConfigFile } from '../config/find-config.ts';

export interface DescribeOptions {
  readonly place: EnvironmentPlace;
  readonly environment: Environment;
  /** What the paths in the config are relative to. */
  readonly projectFolder: string;
  /** Where Slipway's own charts and Dockerfiles are. */
  readonly slipwayFolder: string;
  readonly source: 'packages' | 'registry';
  readonly workshop: Workshop;
  readonly ports: readonly PortMapping[];
  /** Programs that are not on PATH and have to be made. */
  readonly toolArtifacts: readonly Artifact[];
  /** What file trees are made with; undefined where none is made. */
  readonly mmdebstrap: Artifact | undefined;
  /** HTTP_PROXY and the like, as this machine has them: predefined build arguments, no part of an image. */
  readonly proxyArgs: Readonly<Record<string, string>>;
  /** Which sources have the content of an image under another tag; none where absent. */
  readonly aliases?: Pick<ImageAliases, 'of'> | undefined;
  /** Comes before what the config says. */
  readonly builder?: Builder | undefined;
  /** Reads contexts and charts; the disk where absent. */
  readonly content?: ContentReader;
  /** What does not change with the project's files; worked out where absent. */
  readonly parts?: Promise<BundledParts>;
  readonly signal: AbortSignal;
}

export async function describeEnvironment(options: DescribeOptions): Promise<EnvironmentRun> {
  const { place, environment, projectFolder, toolArtifacts, content = diskContent } = options;
  const { nodes, bases, addons } = await (options.parts ?? describeBundled(options));
  const artifacts = [
    ...(options.mmdebstrap === undefined ? [] : [options.mmdebstrap]),
    ...toolArtifacts,
    ...nodes,
    ...bases,
    ...addons.flatMap((addon) => addon.artifacts),
  ];
  const images = await Promise.all(
    Object.entries(environment.images).map(([name, image]) => describeImage(name, image, bases, options)),
  );
  const references = new Map(images.map(({ desired }) => [desired.name, desired.reference]));
  const addonReleases = addons.map((addon) => ({
    group: 'addon' as const,
    spec: addon.release,
    images: addon.images,
    needs: [],
    secrets: [],
  }));
  const appReleases = Object.entries(environment.releases).map(([name, release]) => ({
    group: 'release' as const,
    spec: releaseSpec(name, release, references, options),
    images: [...new Set(Object.values(release.images).map((image) => references.get(image)!))],
    needs: release.needs,
    secrets: release.secrets,
  }));
  const releases = [...addonReleases, ...appReleases];
  const nodeImage = nodes.at(-1);
  const fingerprints = new Map<string, (values: ReleaseSpec['values']) => string>();
  return {
    ...place,
    environment,
    clusterConfigFile: clusterConfigFile(environment, projectFolder),
    ports: options.ports,
    nodeImage: nodeImage?.location,
    desired: {
      environment: place.name,
      cluster: { name: place.clusterName, driver: environment.cluster.driver },
      artifacts: artifacts.map((artifact) => ({
        id: artifact.id,
        title: artifact.title,
        needs: artifact.needs,
        location: artifact.location,
        form: artifact.location.startsWith('/') ? 'file' : 'image',
      })),
      tools: {
        cluster: [...toolArtifacts, ...(nodeImage ? [nodeImage] : [])].map((artifact) => artifact.id),
        release: toolArtifacts.map((artifact) => artifact.id),
      },
      images: images.map(({ desired }) => desired),
      secrets: Object.entries(environment.secrets).map(([name, secret]) => ({
        name,
        namespace: secret.namespace ?? environment.namespace,
      })),
      policy: environment.policy.onUp,
      releases: await Promise.all(
        releases.map(async ({ group, spec, ...rest }): Promise<DesiredRelease> => {
          const { name, namespace, values } = spec;
          const chart = await content.chart(spec.chart);
          const settings = group === 'release' ? environment.releases[name] : values;
          const fingerprintWith = (other: ReleaseSpec['values']): string =>
            fingerprintOf('release 1', chart, other, namespace);
          fingerprints.set(`${group}:${name}`, fingerprintWith);
          return {
            ...{ group, name, namespace },
            fingerprint: fingerprintWith(values),
            settings: fingerprintOf('settings 1', chart, settings, namespace),
            groups: definitionGroups(spec),
            ...rest,
          };
        }),
      ),
    },
    artifacts: new Map(artifacts.map((artifact) => [artifact.id, artifact])),
    builds: new Map(images.map(({ desired, request }) => [desired.name, request])),
    releases: new Map(releases.map(({ group, spec }) => [`${group}:${spec.name}`, spec])),
    fingerprints,
    addons: new Map(addons.map((addon) => [addon.name, addon])),
  };
}

async function describeImage(
  name: string,
  image: Environment['images'][string],
  bases: readonly Artifact[],
  options: DescribeOptions,
): Promise<{ desired: DesiredImage; request: BuildRequest }> {
  const { place, projectFolder, workshop, proxyArgs, signal, content: reader = diskContent } = options;
  // Where a registry answers, the Dockerfile's own defaults name the official bases.
  const used = Object.entries(image.bases).flatMap(([argument, base]) => {
    const artifact = bases.find((candidate) => candidate.id === `base-${base}`);
    return artifact ? [{ argument, artifact }] : [];
  });
  const buildArgs = {
    ...image.buildArgs,
    ...Object.fromEntries(used.map(({ argument, artifact }) => [argument, artifact.location])),
  };
  const content = {
    dockerfile: join(projectFolder, image.dockerfile),
    contextFolder: join(projectFolder, image.context),
    buildArgs,
    ...(image.target === undefined ? {} : { target: image.target }),
  };
  const fingerprint = await reader.image(name, { ...content, platform: workshop.platform }, signal);
  const own = `slipway.local/${imageScopeOf(place)}/${name}:${imageTag(fingerprint)}`;
  const reference = options.aliases?.of(own) ?? own;
  return {
    desired: {
      name,
      reference,
      isAsBefore: reference !== own,
      bases: used.map(({ artifact }) => artifact.id),
    },
    request: {
      ...content,
      reference,
      expected: { fingerprint, platform: workshop.platform },
      builder: options.builder ?? options.environment.builder,
      isOffline: options.source === 'packages',
      buildArgs: { ...proxyArgs, ...buildArgs },
      labels: {
        'dev.slipway.owner': 'slipway',
        'dev.slipway.cluster': imageScopeOf(place),
        'dev.slipway.image': name,
        [IMAGE_ENVIRONMENT_LABEL]: place.name,
        ...(place.project === undefined ? {} : { [IMAGE_PROJECT_LABEL]: place.project }),
      },
    },
  };
}

function releaseSpec(
  name: string,
  release: Environment['releases'][string],
  references: ReadonlyMap<string, string>,
  { environment, projectFolder }: DescribeOptions,
): ReleaseSpec {
  const values = Object.entries(release.images).reduce<Record<string, unknown>>(
    (merged, [path, image]) => withValueAt(merged, path, references.get(image)),
    release.values,
  );
  return {
    name,
    namespace: release.namespace ?? environment.namespace,
    chart: join(projectFolder, release.chart),
    values: release.sync ? { ...values, sync: syncValues(release.sync) } : values,
  };
}
