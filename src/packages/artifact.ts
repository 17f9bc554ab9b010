// Something that Slipway makes on this machine out of package registries, or fetches, and keeps by content:
// a compiled binary, a Debian file tree, a base image, a node image.

import type { Task } from '../task.ts';

export interface Artifact {
  /** Unique, kebab-case: 'kubernetes-binary', 'node-image', 'base-node'. */
  readonly id: string;
  /** For views: 'Kubernetes 1.34.4 (compile)'. */
  readonly title: string;
  /** Ids of the artifacts that must exist first. */
  readonly needs: readonly string[];
  /** 12 hex digits over everything that determines the content: sources, versions, flags, the fingerprints of `needs`. */
  readonly fingerprint: string;
  /** Where the made thing is: an absolute path in the cache, or an image reference in the engine. */
  readonly location: string;
  /** Cheap: a stat or one engine call, never a build. */
  isPresent(signal: AbortSignal): Promise<boolean>;
  /** Makes it; afterwards isPresent() is true. Safe to run twice at once, safe to kill. */
  make(task: Task): Promise<void>;
}
