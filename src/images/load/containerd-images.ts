// What Slipway asks of a containerd, in its own terms: a thin layer over the services of its API.

import { randomUUID } from 'node:crypto';
import { refusalOf, type ContainerdClient } from './containerd-client.ts';
import { COMMITTED, WRITE, type DescriptorMessage, type ImageMessage } from './containerd-messages.ts';
import type { Descriptor } from '../inspect/layer-source.ts';

type Labels = Readonly<Record<string, string>>;

export interface StoredBlob extends Descriptor {
  readonly labels: Labels;
}

export class ContainerdImages {
  readonly #client: ContainerdClient;

  constructor(client: ContainerdClient) {
    this.#client = client;
  }

  /** Images of these names. */
  async find(names: readonly string[]): Promise<ImageMessage[]> {
    const method = 'images.v1.Images/List';
    const filters = names.map((name) => `name==${JSON.stringify(name)}`);
    const call = { method, request: 'ListImagesRequest', response: 'ListImagesResponse' };
    return (await this.#client.call<{ images: ImageMessage[] }>(call, { filters })).images;
  }

  /** Digests of all that is in the content store. */
  async blobs(): Promise<Set<string>> {
    const method = 'content.v1.Content/List';
    const call = { method, request: 'ListContentRequest', response: 'ListContentResponse' };
    const answers = await this.#client.list<{ info: { digest: string }[] }>(call, {});
    return new Set(answers.flatMap(({ info }) => info.map(({ digest }) => digest)));
  }

  /** Names of committed snapshots: the chain ids of unpacked layers. */
  async chains(snapshotter: string): Promise<Set<string>> {
    const method = 'snapshots.v1.Snapshots/List';
    const call = { method, request: 'ListSnapshotsRequest', response: 'ListSnapshotsResponse' };
    const answers = await this.#client.list<{ info: { name: string; kind: number }[] }>(call, {
      snapshotter,
    });
    const committed = answers.flatMap(({ info }) => info.filter(({ kind }) => kind === COMMITTED));
    return new Set(committed.map(({ name }) => name));
  }

  /** A small document of the content store; undefined where it is not there. */
  async read(digest: string): Promise<string | undefined> {
    const method = 'content.v1.Content/Read';
    const call = { method, request: 'ReadContentRequest', response: 'ReadContentResponse' };
    try {
      const answers = await this.#client.list<{ data: Uint8Array }>(call, { digest });
      return Buffer.concat(answers.map(({ data }) => data)).toString();
    } catch (error) {
      if (refusalOf(error) === 'absent') return undefined;
      throw error;
    }
  }

  /** Puts a blob into the content store. containerd takes it only if it is what its digest says. */
  async write({ digest, size, labels }: StoredBlob, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const ref = `slipway-${randomUUID()}`;
    const method = 'content.v1.Content/Write';
    const call = { method, request: 'WriteContentRequest', response: 'WriteContentResponse' };
    async function* requests(): AsyncGenerator<object> {
      yield { action: WRITE.stat, ref, total: size, expected: digest };
      let offset = 0;
      for await (const data of bytes) {
        yield { action: WRITE.write, ref, total: size, expected: digest, offset, data };
        offset += data.length;
      }
      yield { action: WRITE.commit, ref, total: size, expected: digest, offset, labels };
    }
    try {
      const last = await this.#client.send<{ digest: string }>(call, requests());
      if (last?.digest !== digest) throw new Error(`containerd stored ${last?.digest}, not ${digest}`);
    } catch (error) {
      if (refusalOf(error) !== 'exists') throw error;
      await this.#label(digest, labels);
    }
  }

  /** Unpacks a layer on top of another one. */
  async unpack(layer: Descriptor & { diffId: string }, place: UnpackPlace): Promise<void> {
    const { snapshotter, parent, chain } = place;
    const key = `extract-slipway-${randomUUID()} ${chain}`;
    const { mounts } = await this.#snapshot<{ mounts: object[] }>('Prepare', {
      ...{ snapshotter, key, parent },
      labels: { 'containerd.io/snapshot.ref': chain },
    });
    try {
      const applied = await this.#apply(layer, mounts);
      if (applied.digest !== layer.diffId)
        throw new Error(`layer ${layer.digest} unpacks to ${applied.digest}, not to ${layer.diffId}`);
      await this.#snapshot('Commit', { snapshotter, name: chain, key });
    } catch (error) {
      await this.#snapshot('Remove', { snapshotter, key }).catch(() => {});
      // Another load was faster.
      if (refusalOf(error) !== 'exists') throw error;
    }
  }

  /** Lets the name point at this target from now on. */
  async tag(name: string, { mediaType, digest, size }: Descriptor): Promise<void> {
    const image: ImageMessage = { name, target: { media_type: mediaType, digest, size } };
    const call = (verb: string): Promise<object> =>
      this.#client.call(
        { method: `images.v1.Images/${verb}`, request: 'ImageRequest', response: 'ImageResponse' },
        { image },
      );
    await call('Create').catch((error: unknown) => {
      if (refusalOf(error) !== 'exists') throw error;
      return call('Update');
    });
  }

  /** Labels expire: what a killed process had leased can be collected after an hour. */
  async createLease(id: string, nowMs: number): Promise<void> {
    const method = 'leases.v1.Leases/Create';
    const expire = new Date(nowMs + 3_600_000).toISOString();
    const call = { method, request: 'CreateLeaseRequest', response: 'CreateLeaseResponse' };
    await this.#client.call(call, { id, labels: { 'containerd.io/gc.expire': expire } });
  }

  async deleteLease(id: string): Promise<void> {
    const method = 'leases.v1.Leases/Delete';
    await this.#client.call({ method, request: 'DeleteLeaseRequest', response: 'Empty' }, { id });
  }

  async #label(digest: string, labels: Labels): Promise<void> {
    const method = 'content.v1.Content/Update';
    const paths = Object.keys(labels).map((name) => `labels.${name}`);
    if (paths.length === 0) return;
    const call = { method, request: 'UpdateContentRequest', response: 'UpdateContentResponse' };
    await this.#client.call(call, { info: { digest, labels }, update_mask: { paths } });
  }

  async #apply(layer: Descriptor, mounts: readonly object[]): Promise<DescriptorMessage> {
    const call = { method: 'diff.v1.Diff/Apply', request: 'ApplyRequest', response: 'ApplyResponse' };
    const diff = { media_type: layer.mediaType, digest: layer.digest, size: layer.size };
    return (await this.#client.call<{ applied: DescriptorMessage }>(call, { diff, mounts })).applied;
  }

  #snapshot<Response extends object>(verb: string, request: object): Promise<Response> {
    const response = verb === 'Prepare' ? 'PrepareSnapshotResponse' : 'Empty';
    const call = { method: `snapshots.v1.Snapshots/${verb}`, request: `${verb}SnapshotRequest`, response };
    return this.#client.call<Response>(call, request);
  }
}

export interface UnpackPlace {
  readonly snapshotter: string;
  /** Chain id of the layer below; '' for the lowest. */
  readonly parent: string;
  /** Chain id that the layer gets. */
  readonly chain: string;
}
