// One environment, worked out from the config and the files on disk: what is wanted, and how each part is made.

import type { Addon } from '../addons/addon.ts';
import type { PortMapping } from '../cluster/cluster-driver.ts';
import type { Environment } from '../config/schema.ts';
import type { ReleaseSpec } from '../releases/release-store.ts';
import type { BuildRequest } from '../images/image-store.ts';
import type { DesiredState } from '../plan/state.ts';
import type { Artifact } from '../packages/artifact.ts';

/** Labels of an image that say whose it is; see EnvironmentPlace. */
export const IMAGE_ENVIRONMENT_LABEL = 'dev.slipway.environment';
export const IMAGE_PROJECT_LABEL = 'dev.slipway.project';

/** Where an environment lives: enough to look at it and to take it down, without its images and charts. */
export interface EnvironmentPlace {
  readonly name: string;
  readonly clusterName: string;
  /** Id of the project that it belongs to; undefined for what was made before projects were recorded. */
  readonly project?: string | undefined;
  /** See imageScopeOf: the name of the state folder. */
  readonly imageScope?: string | undefined;
  /** Folder of its journal, kubeconfig and sizes. */
  readonly stateFolder: string;
  readonly kubeconfigFile: string;
}

export interface EnvironmentRun extends EnvironmentPlace {
  readonly environment: Environment;
  readonly clusterConfigFile: string;
  /** Those of the cluster that is there, or those that were chosen for the one to be made. */
  readonly ports: readonly PortMapping[];
  /** Node image to create the cluster from; undefined: the driver's own. */
  readonly nodeImage: string | undefined;
  readonly desired: DesiredState;
  /** By artifact id. */
  readonly artifacts: ReadonlyMap<string, Artifact>;
  /** By image name. */
  readonly builds: ReadonlyMap<string, BuildRequest>;
  /** By step id: 'release:backend', 'addon:ingress-nginx'. */
  readonly releases: ReadonlyMap<string, ReleaseSpec>;
  /** By step id: the fingerprint of the release with these values in the place of its own. */
  readonly fingerprints: ReadonlyMap<string, (values: ReleaseSpec['values']) => string>;
  /** By addon name. */
  readonly addons: ReadonlyMap<string, Addon>;
}
