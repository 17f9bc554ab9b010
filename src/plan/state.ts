// Pure: what is wanted and what is there, in the terms in which they are compared.

import type { GraphNode } from './graph.ts';

export interface DesiredArtifact extends GraphNode {
  readonly title: string;
  /** 'file' lies in the cache, 'image' in the engine (and is taken away by `down`). */
  readonly form: 'file' | 'image';
  readonly location: string;
}

export interface DesiredImage {
  readonly name: string;
  readonly reference: string;
  /** Its sources changed, and were seen to build the content that it has. */
  readonly isAsBefore?: boolean | undefined;
  /** Ids of the artifacts that it is built on. */
  readonly bases: readonly string[];
}

/** An application's or an addon's helm release. */
/** What of a release makes a version of it. */
export type ReleaseVersion = Pick<DesiredRelease, 'fingerprint' | 'settings'>;

export interface DesiredRelease {
  readonly group: 'release' | 'addon';
  readonly name: string;
  readonly namespace: string;
  /** Over chart files, values and image references. */
  readonly fingerprint: string;
  /** The same without the image references: what is equal in two that differ in their images alone. */
  readonly settings?: string | undefined;
  /** References that its pods run and that must be in the nodes. */
  readonly images: readonly string[];
  /** Names of other releases ('backend') and addons ('addon:ingress-nginx'). */
  readonly needs: readonly string[];
  readonly secrets: readonly string[];
  /** API groups whose custom resource definitions come with it. */
  readonly groups?: readonly string[] | undefined;
}

export interface DesiredState {
  /** Its name. */
  readonly environment?: string | undefined;
  readonly cluster: { readonly name: string; readonly driver: string };
  readonly artifacts: readonly DesiredArtifact[];
  /** Artifacts that a kind of step cannot do without. */
  readonly tools: { readonly cluster: readonly string[]; readonly release: readonly string[] };
  readonly images: readonly DesiredImage[];
  readonly secrets: readonly { readonly name: string; readonly namespace: string }[];
  readonly releases: readonly DesiredRelease[];
  /** What a chart that breaks the rules does to `up`; 'off': they are not asked. */
  readonly policy: 'fail' | 'report' | 'off';
}

export interface ObservedRelease {
  readonly name: string;
  readonly namespace: string;
  /** The environment that it was installed for. */
  readonly environment?: string | undefined;
  /** What would be lost with it: 'persistentvolumeclaim data'. */
  readonly data?: readonly string[] | undefined;
  /** helm's word. */
  readonly status: string;
  readonly fingerprint: string | undefined;
  /** From the live objects: undefined where they were not looked at. */
  readonly verdict: {
    readonly state: 'ready' | 'waiting' | 'failed';
    readonly waitingFor: readonly string[];
  };
  /** What was changed by hand in its objects, a sentence for each; undefined where that was not looked at. */
  readonly drift?: readonly string[] | undefined;
  /** A sentence for each of its pods that asks for a Dapr sidecar and has none. */
  readonly withoutSidecar: readonly string[];
  /** '<namespace>/<name>' of the secrets that its pods read. */
  readonly usedSecrets?: readonly string[] | undefined;
  /** A sentence for each workload whose pods were started with an earlier version of a secret. */
  readonly staleSecrets?: readonly string[] | undefined;
  /** Files that its pods have otherwise than their image, by a sync; undefined where they run the image alone. */
  readonly syncedFiles?: number | undefined;
}

export interface ObservedState {
  /** Ids of the artifacts that are present. */
  readonly artifacts: ReadonlySet<string>;
  /** References in the engine. */
  readonly images: ReadonlySet<string>;
  /**
   * 'waking': its nodes run, but its API does not answer, or has not been waited for since they were started.
   * 'half-made': its making was journalled and never ended.
   */
  readonly cluster: 'absent' | 'stopped' | 'waking' | 'running' | 'half-made';
  /** References that every node has. */
  readonly loaded: ReadonlySet<string>;
  readonly namespaces: ReadonlySet<string>;
  /** '<namespace>/<name>' of the secrets that hold what is declared. */
  readonly secrets: ReadonlySet<string>;
  /** Of those that are there and do not: in what they differ, names of keys only. */
  readonly secretChanges?: ReadonlyMap<string, readonly string[]> | undefined;
  readonly releases: readonly ObservedRelease[];
  /** Undefined: not known yet, has to be measured. */
  readonly budget: { readonly withinBudget: boolean; readonly text: string } | undefined;
}
