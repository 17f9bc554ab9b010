// Pure: what a live object says differently from the manifest that it was made from, in fields that the manifest sets.
//
// Whoever is to change a field, an autoscaler, a webhook, a controller, is told from a person by what the API server
// makes of the manifest, not by names of managers: `kubectl scale` leaves none. This file finds what may be drift; the
// server is asked about it (findDrift), which knows its defaults, its units and its webhooks.
import { compareQuantities, parseQuantity } from '../policy/quantity.ts';
import type { ClusterObject } from './client/cluster-api.ts';

export interface Drift {
  /** 'deployment web' */
  readonly object: string;
  /** 'spec.template.spec.containers[main].image' */
  readonly path: string;
  /** Of the manifest, and of the cluster; undefined: not there. */
  readonly declared: unknown;
  readonly live: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** Not set by who writes a manifest, or looked at apart. */
const NOT_COMPARED = new Set(['apiVersion', 'kind', 'metadata', 'status', 'stringData']);

const MANAGED_BY = 'app.kubernetes.io/managed-by';

/** By the name of a list, what tells its items apart. https://kubernetes.io/docs/reference/using-api/server-side-apply */
const MERGE_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  volumes: ['name'],
  env: ['name'],
  imagePullSecrets: ['name'],
  ports: ['containerPort|port', 'protocol=TCP'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  hostAliases: ['ip'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
  webhooks: ['name'],
  secrets: ['name'],
};

/** What has units: where '1' and '1000m' are the same. */
const QUANTITIES = /\b(requests|limits|hard|capacity|storage|sizeLimit|divisor|min|max|default|memory|cpu)\b/;

/**
 * Fields that the manifest sets and the live object has otherwise. What is empty in the manifest is not set. Fields that
 * it leaves out count only where leaving them out means to run: nothing scaled to zero, suspended or paused.
 */
export function driftOf(declared: ClusterObject, live: ClusterObject): Drift[] {
  const object = objectLabel(declared);
  const found: Drift[] = [];
  const differ = (path: string, wanted: unknown, there: unknown): void => {
    found.push({ object, path, declared: wanted, live: there });
  };
  // helm sets it anew, whatever the chart says.
  const labels = Object.entries(declared.metadata.labels ?? {}).filter(([label]) => label !== MANAGED_BY);
  compare(Object.fromEntries(labels), live.metadata.labels, 'metadata.labels', differ);
  compare(declared.metadata.annotations, live.metadata.annotations, 'metadata.annotations', differ);
  for (const [key, wanted] of Object.entries(withData(declared)))
    if (!NOT_COMPARED.has(key)) compare(wanted, live[key], key, differ);
  for (const [path, running] of implied(declared, live)) differ(path, running, valueAt(live, path));
  return found;
}

/** 'deployment web' */
export function objectLabel({ kind, metadata }: ClusterObject): string {
  return `${kind.toLowerCase()} ${metadata.name}`;
}

/** Whether the manifest leaves the field out, and it counts all the same. */
export function isImplied(declared: ClusterObject, path: string): boolean {
  return IMPLIED.some(([implied]) => implied === path) && isEmpty(valueAt(declared, path));
}

/** For people: 'deployment web: spec.replicas is 0 in the cluster, not 2'. Values that may be secret are left out. */
export function describeDrift({ object, path, declared, live }: Drift): string {
  if (live === undefined) return `${object}: ${path} is not there`;
  const isPlain = (value: unknown): boolean =>
    ['number', 'boolean'].includes(typeof value) || (typeof value === 'string' && path.endsWith('.image'));
  if (declared !== undefined && !(isPlain(declared) && isPlain(live)))
    return `${object}: ${path} was changed`;
  return `${object}: ${path} is ${String(live)} in the cluster, not ${String(declared)}`;
}

/** The field of a finding, whatever its values. */
export function driftKey({ object, path }: Pick<Drift, 'object' | 'path'>): string {
  return `${object} ${path}`;
}

type Differ = (path: string, wanted: unknown, there: unknown) => void;

function compare(wanted: unknown, there: unknown, path: string, differ: Differ): void {
  if (isEmpty(wanted)) return;
  // The server leaves out what says no more than its absence.
  if ((wanted === false || wanted === 0) && (there === undefined || there === null)) return;
  if (Array.isArray(wanted)) return compareLists(wanted, there, path, differ);
  if (typeof wanted === 'object') {
    if (!isFields(there)) return differ(path, wanted, there);
    for (const [key, value] of Object.entries(wanted as Fields))
      compare(value, there[key], `${path}.${key}`, differ);
    return;
  }
  if (!isSame(wanted, there, path)) differ(path, wanted, there);
}

function compareLists(wanted: readonly unknown[], there: unknown, path: string, differ: Differ): void {
  if (!Array.isArray(there)) return differ(path, wanted, there ?? undefined);
  const name = /([^.[\]]+)$/.exec(path)?.[1] ?? '';
  const keys = MERGE_KEYS[name];
  if (keys !== undefined && [...wanted, ...(there as unknown[])].every(isFields)) {
    for (const item of wanted as Fields[]) {
      const key = keyOf(item, keys);
      const match = (there as Fields[]).find((other) => keyOf(other, keys) === key);
      if (match === undefined) differ(`${path}[${key}]`, item, undefined);
      else compare(item, match, `${path}[${key}]`, differ);
    }
    return;
  }
  if (wanted.length !== there.length) return differ(path, wanted, there);
  wanted.forEach((item, index) => compare(item, (there as unknown[])[index], `${path}[${index}]`, differ));
}

function keyOf(item: Fields, keys: readonly string[]): string {
  return keys
    .map((key) => {
      const [names = '', fallback = ''] = key.split('=');
      const name = names.split('|').find((candidate) => item[candidate] !== undefined);
      return String((name === undefined ? undefined : item[name]) ?? fallback);
    })
    .join('/');
}

function isSame(wanted: unknown, there: unknown, path: string): boolean {
  if (String(wanted) === String(there)) return true;
  if (!QUANTITIES.test(path)) return false;
  const [left, right] = [parseQuantity(wanted), parseQuantity(there)];
  return left !== undefined && right !== undefined && compareQuantities(left, right) === 0;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The server keeps stringData of a Secret as data. */
function withData(object: ClusterObject): Fields {
  const { stringData } = object as { stringData?: Readonly<Record<string, unknown>> };
  if (object.kind !== 'Secret' || !isFields(stringData)) return object;
  const encoded = Object.entries(stringData).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString('base64'),
  ]);
  return { ...object, data: { ...(object['data'] as Fields | undefined), ...Object.fromEntries(encoded) } };
}

/** A field, what stops the object, and what lets it run. */
const IMPLIED: readonly (readonly [string, unknown, unknown])[] = [
  ['spec.replicas', 0, 1],
  ['spec.suspend', true, false],
  ['spec.paused', true, false],
];
const STOPPABLE = ['Deployment', 'StatefulSet', 'CronJob', 'Job'];

function implied(declared: ClusterObject, live: ClusterObject): [string, unknown][] {
  if (!STOPPABLE.includes(declared.kind)) return [];
  return IMPLIED.filter(
    ([path, stopped]) => isEmpty(valueAt(declared, path)) && valueAt(live, path) === stopped,
  ).map(([path, , running]) => [path, running]);
}

function valueAt(object: ClusterObject, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (isFields(value) ? value[key] : undefined), object);
}
