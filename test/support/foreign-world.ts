// What other people have on the machine beside an environment of ours, on fakes: put there while our commands run, and
// looked at after each of them.

import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isOurs, ownershipLabels } from '../../src/kubernetes/ownership.ts';
import type { ClusterObject } from '../../src/kubernetes/client/cluster-api.ts';
import type { FakeMachine } from '../fakes/machine.ts';

/** Labels that things of others may have: none, those of another tool, those of another environment of ours. */
export const foreignLabels: readonly Readonly<Record<string, string>>[] = [
  {},
  { 'app.kubernetes.io/managed-by': 'Helm' },
  ownershipLabels('another'),
];

export type ForeignImage = 'own' | 'tag' | 'built' | 'nameless';

const { signal } = new AbortController();

export class ForeignWorld {
  readonly #machine: FakeMachine;
  readonly #folder: string;
  /** By reference, the id that it leads to. */
  readonly #images = new Map<string, string>();
  #inside:
    | {
        readonly cluster: unknown;
        readonly things: () => Promise<string>;
        readonly before: string;
        /** Whether something of another environment is in it: then the cluster itself is not only ours. */
        readonly isShared: boolean;
      }
    | undefined;
  #count = 0;

  constructor(machine: FakeMachine, folder: string) {
    this.#machine = machine;
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'precious'), 'theirs');
  }

  /** An image of nobody's, another name for an image of ours, and builds FROM one, with a name and without. */
  async addImage(how: ForeignImage, labels: Readonly<Record<string, string>>): Promise<void> {
    const { images } = this.#machine;
    const ours = images.references.filter((reference) => reference.startsWith('slipway.local/'));
    const base = ours[this.#count++ % Math.max(1, ours.length)];
    const name = `theirs/app:${this.#count}`;
    if (how === 'own' || base === undefined) images.add(name, { labels });
    else if (how === 'tag') images.tag(base, name);
    const built = how === 'built' || how === 'nameless';
    const reference =
      built && base !== undefined
        ? images.buildFrom(base, how === 'built' ? name : undefined, labels).references[0]!
        : name;
    if (built && base === undefined) images.add(name, { labels });
    this.#images.set(reference, await this.#idOf(reference));
  }

  /** A namespace with a Secret, a claim and a release in it; under the name of ours where that is not there. */
  async addNamespace(name: string, labels: Readonly<Record<string, string>>): Promise<void> {
    const { cluster } = this.#machine;
    const isThere = cluster?.api.objects.some(
      ({ kind, metadata }) => kind === 'Namespace' && metadata.name === name,
    );
    if (cluster === undefined || isThere === true) return;
    const { api, releases } = cluster;
    const metadata = { name: 'data', namespace: name, labels: { ...labels } };
    const added: ClusterObject[] = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { ...labels } } },
      { apiVersion: 'v1', kind: 'Secret', metadata },
      { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata },
    ];
    for (const object of added) api.add(object);
    releases.add({ ...{ name: 'web', namespace: name, revision: 3, labels }, status: 'deployed' });
    const names = new Set([...this.#foreignNamespaces(), name]);
    const things = async (): Promise<string> =>
      JSON.stringify([
        api.objects
          .filter((object) => names.has(object.metadata.namespace ?? object.metadata.name))
          .map((object) => JSON.stringify(object))
          .sort(),
        (await releases.list(signal)).filter(({ namespace }) => names.has(namespace)),
      ]);
    this.#names = names;
    const wasShared = this.#inside?.cluster === cluster && this.#inside.isShared;
    const isShared = wasShared || isOurs(labels);
    this.#inside = { cluster, things, before: await things(), isShared };
  }

  /** What of it is not any more as it was. What was in a cluster of ours alone has gone with it. */
  async changes(): Promise<string[]> {
    const lost: string[] = [];
    for (const [reference, id] of this.#images)
      if ((await this.#idOf(reference)) !== id) lost.push(reference);
    const inside = this.#inside?.cluster === this.#machine.cluster ? this.#inside : undefined;
    const now = await inside?.things();
    const files = readdirSync(this.#folder).map((name) => readFileSync(join(this.#folder, name), 'utf8'));
    return [
      ...lost.map((reference) => `image ${reference}`),
      ...(inside === undefined && this.#inside?.isShared
        ? ['the cluster, which another environment is in']
        : []),
      ...(now === inside?.before ? [] : [`in the cluster: ${inside?.before} became ${now}`]),
      ...(files.join() === 'theirs' ? [] : [`folder: ${files.join()}`]),
    ];
  }

  #names: ReadonlySet<string> = new Set();

  #foreignNamespaces(): ReadonlySet<string> {
    return this.#inside?.cluster === this.#machine.cluster ? this.#names : new Set();
  }

  async #idOf(reference: string): Promise<string> {
    return (await this.#machine.images.find(reference, signal))?.id ?? 'gone';
  }
}
