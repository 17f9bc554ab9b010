// Port: the images of a container engine.

import type { Readable } from 'node:stream';
import type { Task } from '../task.ts';
import type { Builder } from './build/choose-builder.ts';

export interface StoredImage {
  /** The engine's id of the image: 'sha256:…' (config digest on the classic store, manifest digest on the containerd store). */
  readonly id: string;
  readonly references: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /**
   * As the engine counts them: with the containerd store compressed layers are in it, too. For progress only; what an
   * image is said to have is the sum of its layers.
   */
  readonly sizeBytes: number;
}

export interface ImageLayer {
  /** Digest of the uncompressed layer ('sha256:…'): the same in two images when the layer is shared. */
  readonly diffId: string;
  /** Bytes of the files in it, unpacked; the same with every engine. */
  readonly sizeBytes: number;
  /** The bytes are what it takes on the engine's disk, in whole blocks: nobody could look into it. */
  readonly isDiskUsage?: true | undefined;
  /** The Dockerfile instruction that made it. */
  readonly createdBy: string;
}

export interface BuildRequest {
  /** The reference that the result gets, tag included. */
  readonly reference: string;
  /** Absolute path of the context folder. */
  readonly contextFolder: string;
  /** Absolute path of the Dockerfile; may lie outside the context. */
  readonly dockerfile: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** Absent: what the engine itself would take. */
  readonly builder?: Builder | undefined;
  /** No registry answers: a frontend of Docker's that the Dockerfile asks for is the one that the engine has. */
  readonly isOffline?: boolean | undefined;
  /** Stage to build; the last one if absent. */
  readonly target?: string;
  /** What the sources have to be when they are read for the build: otherwise it rejects with SourcesChanged. */
  readonly expected?: { readonly fingerprint: string; readonly platform: string } | undefined;
}

export type Removal = 'removed' | 'absent' | 'in-use';

export interface ImageStore {
  /** Images that carry all these labels, the newest first. One engine call. */
  list(labels: Readonly<Record<string, string>>, signal: AbortSignal): Promise<StoredImage[]>;
  find(reference: string, signal: AbortSignal): Promise<StoredImage | undefined>;
  /** Builds and tags; rejects with Failure 'build' that names the step and holds its output. Reports the build's own steps. */
  build(request: BuildRequest, task: Task): Promise<StoredImage>;
  /** Whether two images have the same layers and run in the same way, whenever they were made. */
  isSameContent(one: string, other: string, signal: AbortSignal): Promise<boolean>;
  /** From the base up; layers without bytes are left out. */
  layers(reference: string, signal: AbortSignal): Promise<ImageLayer[]>;
  /** The image as a tar stream (`docker save`). */
  export(references: readonly string[], signal: AbortSignal): Promise<Readable>;
  /** Never forces: what a container or another image stands on is kept and said to be in use. */
  remove(reference: string, signal: AbortSignal): Promise<Removal>;
}
