// Pure: what rules look at: the releases of an environment with everything that their charts render, together.

import type { FieldPath } from './fields.ts';
import { textAt } from './fields.ts';
import type { RuleName } from './rule-names.ts';

/** An object of a rendered manifest. */
export interface PolicyObject {
  readonly release: PolicyRelease;
  readonly kind: string;
  readonly name: string;
  /** Undefined for what lives outside of namespaces. */
  readonly namespace: string | undefined;
  /** The whole object, of which nothing is sure. */
  readonly body: unknown;
  /** The template that rendered it, within the chart's folder: 'templates/service.yaml'. */
  readonly template: string | undefined;
}

/** A release as the config declares it, with its chart. */
export interface PolicyRelease {
  readonly name: string;
  readonly namespace: string;
  /** 'third-party': an addon. What an application may not do (cluster-wide rights, say), it may have to. */
  readonly origin: 'application' | 'third-party';
  /** How findings name the chart's folder: 'charts/service'. */
  readonly chartPath: string;
  /** Chart.yaml, as data. */
  readonly chart: unknown;
  /** values.yaml, as data. */
  readonly defaults: unknown;
  /** The values that the config gives. */
  readonly values: unknown;
}

export interface KnownSecret {
  readonly name: string;
  readonly namespace: string;
  readonly type: 'Opaque' | 'kubernetes.io/tls';
  readonly keys: readonly string[];
}

export interface PolicySet {
  readonly environment: string;
  readonly releases: readonly PolicyRelease[];
  readonly objects: readonly PolicyObject[];
  /** Secrets that the config declares; made before any release. */
  readonly secrets: readonly KnownSecret[];
  /** Namespaces that Slipway makes. */
  readonly namespaces: readonly string[];
  /** References that are loaded into the nodes, so that nothing is pulled. */
  readonly loadedImages: ReadonlySet<string>;
  /** Host names that the environment says it answers to. */
  readonly hosts: readonly string[];
}

/** A place that breaks a rule, and how. */
export type Breach = {
  /** The field; it need not be there. */
  readonly path: FieldPath;
  /** What is wrong, for people: 'memory request 1Gi is above the limit 512Mi'. */
  readonly what: string;
} & (
  | { readonly object: PolicyObject }
  /** In 'Chart.yaml', in 'values.yaml' of the chart, or in the 'values' of the release in the config. */
  | { readonly release: PolicyRelease; readonly part: 'Chart.yaml' | 'values.yaml' | 'values' }
);

/** Something that has to hold for what an environment puts into its cluster. */
export interface Rule {
  /** What waivers name. */
  readonly name: RuleName;
  /** What must hold. */
  readonly title: string;
  /** What happens otherwise, with the source of the rule. */
  readonly why: string;
  /** What to do about a finding. */
  readonly remedy: string;
  /** Every place that breaks it. Never throws, whatever the objects hold. */
  check(set: PolicySet): readonly Breach[];
}

/** The objects of the kinds. */
export function ofKind(set: PolicySet, ...kinds: readonly string[]): PolicyObject[] {
  return set.objects.filter((object) => kinds.includes(object.kind));
}

/** An object of that kind and name in that namespace. */
export function findObject(
  set: PolicySet,
  kind: string,
  name: string | undefined,
  namespace: string | undefined,
): PolicyObject | undefined {
  return set.objects.find(
    (object) => object.kind === kind && object.name === name && object.namespace === namespace,
  );
}

/** 'Deployment todo/backend', for messages. */
export function describeObject({ kind, name, namespace }: PolicyObject): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** The API group of an object: 'dapr.io'; '' for the core group. */
export function groupOf(object: PolicyObject): string {
  const apiVersion = textAt(object.body, 'apiVersion') ?? '';
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}
