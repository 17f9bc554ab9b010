// An ImageStore in memory. It builds from the Dockerfile on disk, as far as COPY goes: one layer for each.

import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Failure } from '../../scripts/failure.ts';
import { fingerprintImage } from '../../scripts/image/image-fingerprint.ts';
import type {
  BuildRequest,
  ImageLayer,
  ImageStore,
  StoredImage,
  Removal,
} from '../../scripts/image/image-store.ts';
import { SourcesChanged } from '../../scripts/image/sources-changed.ts';
import type { Task } from '../../scripts/task.ts';

interface FakeImage {
  readonly id: string;
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
    image: { layers?: readonly ImageLayer[]; labels?: Readonly<Record<string, string>>; id?: string } = {},
  ): StoredImage {
    const { layers = [{ diffId: digest(reference), sizeBytes: 1000, createdBy: 'COPY . .' }], labels = {} } =
      image;
    this.#images.set(reference, { id: image.id ?? digest(JSON.stringify([labels, layers])), labels, layers });
    return this.#stored(reference)!;
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
    return [...this.#images.keys()]
      .reverse()
      .map((reference) => this.#stored(reference)!)
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
    const layers: ImageLayer[] = [];
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
    return this.add(request.reference, { layers, labels: request.labels ?? {} });
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
    if (this.#inUse.has(reference)) return 'in-use';
    return this.#images.delete(reference) ? 'removed' : 'absent';
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
    const image = this.#images.get(reference);
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
