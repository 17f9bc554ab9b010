// Pure: one thing that a run has to see to, as the plan decided it.

/**
 * What is made by a step and has to be taken away by `down`. Written to the journal; never holds secrets.
 * `after` holds the keys of the resources that it was made on top of: they go later than it.
 */
export type Resource = { readonly after: readonly string[] } & (
  | { readonly kind: 'image'; readonly reference: string }
  | { readonly kind: 'cluster'; readonly name: string; readonly driver: string }
  | { readonly kind: 'namespace'; readonly name: string }
  | { readonly kind: 'secret'; readonly name: string; readonly namespace: string }
  | {
      readonly kind: 'release';
      readonly name: string;
      readonly namespace: string;
      /** API groups whose custom resource definitions came with it and go with it: ['dapr.io']. */
      readonly groups?: readonly string[] | undefined;
    }
  /** What lives in a cluster of the kinds that a release brought; only `down` speaks of it. */
  | { readonly kind: 'custom-resources'; readonly name: string; readonly groups: readonly string[] }
);

/** The same text for the same resource: the key under which the journal keeps it. */
export function resourceKey(resource: Resource): string {
  switch (resource.kind) {
    case 'image':
      return `image:${resource.reference}`;
    case 'cluster':
    case 'namespace':
    case 'custom-resources':
      return `${resource.kind}:${resource.name}`;
    case 'secret':
    case 'release':
      return `${resource.kind}:${resource.namespace}/${resource.name}`;
  }
}

/** What limits how many steps run at once: a compiler takes every core, a helm call none. */
export type Lane = 'compile' | 'build' | 'transfer' | 'cluster';

export type StepGroup =
  | 'artifact'
  | 'image'
  | 'budget'
  | 'cluster'
  | 'namespace'
  | 'secret'
  | 'load'
  | 'policy'
  /** What an earlier config named, and this one does not. */
  | 'orphan'
  | 'addon'
  | 'release'
  | 'custom-resources';

export interface Step {
  /** '<group>:<subject>', unique in a plan: 'image:backend', 'release:postgres'. */
  readonly id: string;
  readonly group: StepGroup;
  readonly subject: string;
  readonly title: string;
  /** Ids of the steps that must have ended well before this one starts. */
  readonly needs: readonly string[];
  readonly lane: Lane;
  readonly action: 'do' | 'skip';
  /** Why, for people: 'not in the engine', 'image sha-1 → sha-2', 'unchanged'. */
  readonly reason: string;
  /** What it makes (or, in a plan for `down`, takes away) outside our own folders; journalled before it starts. */
  readonly resource?: Resource | undefined;
}
