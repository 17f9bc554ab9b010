// What every factory of artifacts works with.

import type { ImageStore } from '../images/image-store.ts';
import type { CommandRunner } from '../process/command-runner.ts';
import type { ArtifactCache } from './artifact-cache.ts';

/** Enough for all artifacts that are files: they can be made before any container engine runs. */
export interface Workbench {
  readonly cache: ArtifactCache;
  readonly commands: CommandRunner;
  /** As `go env GOVERSION` prints it: 'go1.26.8'. Part of each binary's fingerprint. */
  readonly goVersion: string;
  /** Operating system and architecture in Go's and OCI's words: 'linux/amd64'. */
  readonly platform: string;
}

export interface Workshop extends Workbench {
  readonly images: ImageStore;
}
