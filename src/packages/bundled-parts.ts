// What Slipway itself brings to an environment: node image, base images and addons. Files of a project do not change it.

import type { Addon } from '../addons/addon.ts';
import { addonCatalog } from '../addons/addon-catalog.ts';
import type { PortMapping } from '../cluster/cluster-driver.ts';
import { nodeImageArtifacts } from './node-image.ts';
import type { Environment } from '../config/schema.ts';
import { baseImageArtifacts } from './base-images.ts';
import type { Artifact } from './artifact.ts';
import type { Workshop } from './workshop.ts';

export interface BundledParts {
  /** What the node image is made by, itself last; empty where the driver's own is used. */
  readonly nodes: readonly Artifact[];
  readonly bases: readonly Artifact[];
  readonly addons: readonly Addon[];
}

export interface BundledOptions {
  readonly environment: Environment;
  readonly slipwayFolder: string;
  readonly source: 'packages' | 'registry';
  readonly workshop: Workshop;
  readonly ports: readonly PortMapping[];
}

export async function describeBundled(options: BundledOptions): Promise<BundledParts> {
  const { environment, source, workshop } = options;
  const fromPackages = source === 'packages';
  const [nodes, bases, addons] = await Promise.all([
    fromPackages ? nodeImageArtifacts(workshop) : [],
    fromPackages ? baseImageArtifacts(workshop) : [],
    Promise.all(
      Object.entries(environment.addons).map(([name, { values }]) =>
        addonCatalog.get(name)!.make({
          mode: source,
          workshop,
          projectFolder: options.slipwayFolder,
          ports: options.ports,
          values,
        }),
      ),
    ),
  ]);
  return { nodes, bases, addons };
}
