// An image of several platforms with attestations, as BuildKit builds it and the containerd store keeps it: an OCI
// layout in a folder that holds the blobs of one platform and only names the others.

import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

export interface OciLayout {
  readonly folder: string;
  /** Digest of the index: what an engine with the containerd store calls the image's id. */
  readonly id: string;
  readonly config: string;
  /** As `docker save` of such an engine gives it. */
  archive(): Readable;
}

export interface OciLayoutContent {
  readonly reference: string;
  readonly architecture: string;
  /** One layer each, compressed. */
  readonly layers: readonly string[];
}

/** Writes blobs to `folder`, which may hold those of other images. */
export async function writeOciLayout(
  folder: string,
  { reference, architecture, layers }: OciLayoutContent,
): Promise<OciLayout> {
  await mkdir(join(folder, 'blobs/sha256'), { recursive: true });
  const files = new Map<string, Buffer>();
  const put = async (mediaType: string, bytes: Buffer) => {
    const digest = digestOf(bytes);
    files.set(`blobs/${digest.replace(':', '/')}`, bytes);
    await writeFile(join(folder, `blobs/${digest.replace(':', '/')}`), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const json = (mediaType: string, value: object) => put(mediaType, Buffer.from(JSON.stringify(value)));
  const oci = (kind: string) => `application/vnd.oci.image.${kind}.v1+json`;
  const diffIds: string[] = [];
  const descriptors: object[] = [];
  for (const [index, content] of layers.entries()) {
    const archive = pack();
    archive.entry({ name: `content-${index}`, mtime: new Date(0) }, content);
    archive.finalize();
    const bytes = await buffer(archive as unknown as Readable);
    diffIds.push(digestOf(bytes));
    descriptors.push(await put('application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(bytes)));
  }
  const platform = { os: 'linux', architecture };
  const config = await json(oci('config'), {
    ...platform,
    config: {},
    rootfs: { type: 'layers', diff_ids: diffIds },
  });
  const manifest = await json(oci('manifest'), {
    schemaVersion: 2,
    mediaType: oci('manifest'),
    config,
    layers: descriptors,
  });
  const absent = (what: string) => ({
    mediaType: oci('manifest'),
    digest: digestOf(Buffer.from(`${what} ${reference}`)),
    size: 500,
  });
  const other = architecture === 'amd64' ? 'arm64' : 'amd64';
  const index = await json(oci('index'), {
    schemaVersion: 2,
    mediaType: oci('index'),
    manifests: [
      { ...absent('other'), platform: { os: 'linux', architecture: other } },
      { ...manifest, platform },
      {
        ...absent('attestation'),
        annotations: {
          'vnd.docker.reference.type': 'attestation-manifest',
          'vnd.docker.reference.digest': manifest.digest,
        },
        platform: { os: 'unknown', architecture: 'unknown' },
      },
    ],
  });
  return {
    folder,
    id: index.digest,
    config: config.digest,
    archive() {
      const archive = pack();
      for (const [name, bytes] of files) archive.entry({ name }, bytes);
      archive.entry({ name: 'oci-layout' }, '{"imageLayoutVersion":"1.0.0"}');
      const annotations = { 'io.containerd.image.name': reference };
      archive.entry(
        { name: 'index.json' },
        JSON.stringify({ schemaVersion: 2, manifests: [{ ...index, annotations }] }),
      );
      archive.finalize();
      return Readable.from(archive as unknown as AsyncIterable<Buffer>, { objectMode: false });
    },
  };
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
