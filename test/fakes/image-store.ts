// An ImageStore in memory. It builds from the Dockerfile on disk, as far as FROM, LABEL and COPY go: one layer for each
// COPY. As in an engine, a build FROM an image and another name for it have the labels of that image, the last name of an
// image on which another stands goes and the image stays, and an id removes what has one name, whoever gave that.

import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Failure } from '../../src/failure.ts';
import { fingerprintImage } from '../../src/images/image-fingerprint.ts';
import type {
  BuildRequest,
  ImageLayer,
  ImageStore,
  StoredImage,
  Removal,
} from '../../src/images/image-store.ts';
import { SourcesChanged } from '../../src/images/context/sources-changed.ts';
import type { Task } from '../../src/task.ts';

interface FakeImage {
  readonly id: string;
  /** Id of the image that it was built on. */
  readonly parent?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly layers: readonly ImageLayer[];
}

export class FakeImageStore implements ImageStore {
  /** Every build that was asked for. */
  readonly builds: BuildRequest[] = [];
  readonly #images = new Map<string, FakeImage>();
  readonly #refusals: { readonly method: keyof ImageStore; readonly failure: Error }[] = [];
  readonly #inUse = new Set<string>();

  /** Puts an image there without a build. */
  add(
    reference: string,
    image: {
      layers?: readonly ImageLayer[];
      labels?: Readonly<Record<string, string>>;
      id?: string;
      parent?: string | undefined;
    } = {},
  ): StoredImage {
    const { layers = [{ diffId: digest(reference), sizeBytes: 1000, createdBy: 'COPY . .' }], labels = {} } =
      image;
    const id = image.id ?? digest(JSON.stringify([labels, layers]));
    this.#images.set(reference, { id, labels, layers, parent: image.parent });
    return this.#stored(reference)!;
  }

  /** `docker tag`. */
  tag(reference: string, name: string): void {
    const image = this.#get(reference);
    this.#images.delete(image.id);
    this.#images.set(name, image);
  }

  /** `docker build` of somebody else: FROM the image, and a layer upon it. Without a name it is known by its id. */
  buildFrom(base: string, name?: string, labels: Readonly<Record<string, string>> = {}): StoredImage {
    const below = this.#get(base);
    const layers = [
      ...below.layers,
      { diffId: digest(`${base} ${name}`), sizeBytes: 10, createdBy: 'RUN x' },
    ];
    const all = { ...below.labels, ...labels };
    const id = digest(JSON.stringify([all, layers, below.id]));
    return this.add(name ?? id, { layers, labels: all, id, parent: below.id });
  }

  /** The next call of this method fails so. */
  failNext(method: keyof ImageStore, failure: Error): void {
    this.#refusals.push({ method, failure });
  }

  /** From now on a container uses the image. */
  use(reference: string): void {
    this.#inUse.add(reference);
  }

  /** What used it has gone. */
  release(reference: string): void {
    this.#inUse.delete(reference);
  }

  get references(): string[] {
    return [...this.#images.keys()].sort();
  }

  async list(labels: Readonly<Record<string, string>>, signal: AbortSignal): Promise<StoredImage[]> {
    this.#begin('list', signal);
    return [...this.#images]
      .reverse()
      .filter(([reference, { id }]) => reference !== id || !this.#hasChild(id))
      .map(([reference]) => this.#stored(reference)!)
      .filter((image) => Object.entries(labels).every(([key, value]) => image.labels[key] === value));
  }

  async find(reference: string, signal: AbortSignal): Promise<StoredImage | undefined> {
    this.#begin('find', signal);
    return this.#stored(reference);
  }

  async build(request: BuildRequest, task: Task): Promise<StoredImage> {
    this.builds.push(request);
    this.#begin('build', task.signal);
    if (request.expected) {
      const { platform, fingerprint } = request.expected;
      // A file that goes while it is read is a change, too.
      if ((await fingerprintImage({ ...request, platform }).catch(() => undefined)) !== fingerprint)
        throw new SourcesChanged(request.reference);
    }
    const text = await readFile(request.dockerfile, 'utf8').catch(() => {
      throw new Failure('build', `there is no Dockerfile ${request.dockerfile}`);
    });
    const steps = text.split('\n').filter((line) => /^[A-Z]+ /.test(line));
    const [, base = ''] = /^FROM (\S+)/m.exec(text) ?? [];
    const below = this.#images.get(base);
    const layers: ImageLayer[] = [...(below?.layers ?? [])];
    for (const [index, step] of steps.entries()) {
      task.report({ text: step, done: index, total: steps.length, unit: 'steps' });
      const [keyword, source = ''] = step.split(/\s+/);
      if (keyword !== 'COPY') continue;
      const content = await contentOf(join(request.contextFolder, source)).catch(() => {
        throw new Failure(
          'build',
          `${request.reference}: the build failed in step ${index + 1}/${steps.length}: ${step}`,
        );
      });
      layers.push({
        diffId: digest(step + content.toString('base64')),
        sizeBytes: content.length,
        createdBy: step,
      });
    }
    task.signal.throwIfAborted();
    const labels = { ...below?.labels, ...request.labels };
    return this.add(request.reference, { layers, labels, parent: below?.id });
  }

  async isSameContent(one: string, other: string, signal: AbortSignal): Promise<boolean> {
    this.#begin('isSameContent', signal);
    const [first, second] = [one, other].map((reference) => this.#images.get(reference));
    return first !== undefined && first.id === second?.id;
  }

  async layers(reference: string, signal: AbortSignal): Promise<ImageLayer[]> {
    this.#begin('layers', signal);
    return [...this.#get(reference).layers];
  }

  async export(references: readonly string[], signal: AbortSignal): Promise<Readable> {
    this.#begin('export', signal);
    return Readable.from(
      references.map((reference) => Buffer.from(`${reference} ${this.#get(reference).id}\n`)),
    );
  }

  async remove(reference: string, signal: AbortSignal): Promise<Removal> {
    this.#begin('remove', signal);
    const image = this.#stored(reference);
    if (!image) return 'absent';
    const key = this.#images.has(reference) ? reference : image.references[0]!;
    if (this.#inUse.has(key)) return 'in-use';
    if (reference === image.id && (image.references.length > 1 || this.#hasChild(image.id))) return 'in-use';
    const removed = this.#images.get(key)!;
    this.#images.delete(key);
    const isNamed = [...this.#images.values()].some(({ id }) => id === removed.id);
    if (!isNamed && this.#hasChild(removed.id)) this.#images.set(removed.id, removed);
    else if (!isNamed) this.#removeNamelessParents(removed.parent);
    return 'removed';
  }

  /** As an engine does with what nothing stands on and nobody has named. */
  #removeNamelessParents(id: string | undefined): void {
    const parent = id === undefined ? undefined : this.#images.get(id);
    if (parent === undefined || this.#hasChild(parent.id)) return;
    this.#images.delete(parent.id);
    this.#removeNamelessParents(parent.parent);
  }

  #hasChild(id: string): boolean {
    return [...this.#images.values()].some(({ parent }) => parent === id);
  }

  #begin(method: keyof ImageStore, signal: AbortSignal): void {
    if (signal.aborted) throw new Failure('interrupted', `${method} was stopped`);
    const next = this.#refusals.findIndex((refusal) => refusal.method === method);
    if (next >= 0) throw this.#refusals.splice(next, 1)[0]!.failure;
  }

  #get(reference: string): FakeImage {
    const image = this.#images.get(reference);
    if (!image) throw new Failure('engine', `there is no image ${reference}`);
    return image;
  }

  #stored(reference: string): StoredImage | undefined {
    const image =
      this.#images.get(reference) ?? [...this.#images.values()].find(({ id }) => id === reference);
    if (!image) return undefined;
    const references = this.references.filter((other) => this.#images.get(other)?.id === image.id);
    const sizeBytes = image.layers.reduce((sum, layer) => sum + layer.sizeBytes, 0);
    return { id: image.id, references, labels: image.labels, sizeBytes };
  }
}

function digest(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** Of a file, or of all that lies in a folder, in order. */
async function contentOf(path: string): Promise<Buffer> {
  if (!(await stat(path)).isDirectory()) return readFile(path);
  const names = (await readdir(path)).sort();
  return Buffer.concat(
    await Promise.all(
      names.flatMap((name) => [Promise.resolve(Buffer.from(`${name}\n`)), contentOf(join(path, name))]),
    ),
  );
}
