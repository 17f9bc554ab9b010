import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ArchiveLayerSource } from '../../../../src/images/inspect/archive-layer-source.ts';
import { ContentLayerSource } from '../../../../src/images/inspect/content-layer-source.ts';
import type { LayerSource } from '../../../../src/images/inspect/layer-source.ts';
import { LocalEngineFiles } from '../../../../src/images/inspect/local-engine-files.ts';
import { FakeImageStore } from '../../../fakes/image-store.ts';
import { writeOciLayout, type OciLayout } from '../../../support/oci-layout.ts';

const reference = 'slipway.local/app:1';
const { signal } = new AbortController();
/** The temporary folder of each test: what else runs on this machine leaves nothing there. */
let scratch: string;
beforeEach(async () => {
  scratch = await realpath(await mkdtemp(join(tmpdir(), 'slipway-sources-')));
  vi.stubEnv('TMPDIR', scratch);
});
afterEach(() => rm(scratch, { recursive: true, force: true }));

async function layout(): Promise<OciLayout> {
  const folder = join(scratch, 'layout');
  return writeOciLayout(folder, { reference, architecture: 'amd64', layers: ['base', 'top'] });
}

const contentOf = (folders: readonly string[], architecture = 'amd64') =>
  new ContentLayerSource({ files: new LocalEngineFiles(), folders, architecture });

function archiveOf(archive: () => Readable, architecture = 'amd64'): ArchiveLayerSource {
  const images = new FakeImageStore();
  images.export = async () => archive();
  return new ArchiveLayerSource({ images, architecture });
}

const saveFolders = async () => (await readdir(scratch)).filter((name) => name.startsWith('slipway-save-'));
const digestOf = (bytes: string | Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

describe.each([
  [
    'the content store',
    (from: OciLayout, architecture?: string): LayerSource => contentOf([from.folder], architecture),
  ],
  [
    'an export',
    (from: OciLayout, architecture?: string): LayerSource => archiveOf(() => from.archive(), architecture),
  ],
])('an image of several platforms out of %s', (_title, sourceOf) => {
  test('keeps its digest; of what it names, one platform comes along', async () => {
    const from = await layout();
    await using content = (await sourceOf(from).open({ reference, id: from.id }, signal))!;
    expect(content.target.digest).toBe(from.id);
    expect(content.config).toBe(from.config);
    expect(content.documents).toHaveLength(3);
    for (const layer of content.layers) {
      const bytes = await buffer(Readable.from(layer.read(signal)));
      expect([digestOf(bytes), bytes.length]).toEqual([layer.digest, layer.size]);
    }
  });

  test('of another architecture cannot be taken apart', async () => {
    const from = await layout();
    // Of that one the layout has the name only.
    expect(await sourceOf(from, 'arm64').open({ reference, id: from.id }, signal)).toBeUndefined();
    expect(await sourceOf(from, 's390x').open({ reference, id: from.id }, signal)).toBeUndefined();
  });
});

describe('ContentLayerSource', () => {
  const blob = ({ folder }: OciLayout, digest: string) => join(folder, 'blobs', digest.replace(':', '/'));

  test('looks into each folder where the store may be', async () => {
    const from = await layout();
    const empty = join(scratch, 'empty');
    await mkdir(empty);
    const source = contentOf([join(from.folder, 'gone'), empty, from.folder]);
    await using content = await source.open({ id: from.id }, signal);
    expect(content?.layers).toHaveLength(2);
    expect(await contentOf([empty]).open({ id: from.id }, signal)).toBeUndefined();
  });

  test('a document that is not what its name says is not used', async () => {
    const from = await layout();
    await chmod(blob(from, from.config), 0o644);
    await writeFile(
      blob(from, from.config),
      JSON.stringify({ rootfs: { diff_ids: ['sha256:1', 'sha256:2'] } }),
    );
    expect(await contentOf([from.folder]).open({ id: from.id }, signal)).toBeUndefined();
  });

  test('a layer that is not what its name says breaks off, and so does one that is gone', async () => {
    const from = await layout();
    await using content = (await contentOf([from.folder]).open({ id: from.id }, signal))!;
    const [base, top] = content.layers;
    await writeFile(blob(from, base!.digest), 'something else');
    await rm(blob(from, top!.digest));
    await expect(buffer(Readable.from(base!.read(signal)))).rejects.toThrow('not what its digest says');
    await expect(buffer(Readable.from(top!.read(signal)))).rejects.toThrow(`has no ${top!.digest}`);
  });
});

describe('ArchiveLayerSource', () => {
  /** As engines before Docker 25 write it; a layer that comes twice is a link there. */
  function dockerArchive(
    diffIds: readonly string[],
    entries: Record<string, string | { link: string }>,
  ): Readable {
    const archive = pack();
    const config = JSON.stringify({ rootfs: { type: 'layers', diff_ids: diffIds } });
    archive.entry({ name: 'config.json' }, config);
    for (const [name, content] of Object.entries(entries)) {
      if (typeof content === 'string') archive.entry({ name }, content);
      else archive.entry({ name, type: 'symlink', linkname: content.link });
    }
    const Layers = Object.keys(entries).filter((name) => name.endsWith('layer.tar'));
    archive.entry({ name: 'manifest.json' }, JSON.stringify([{ Config: 'config.json', Layers }]));
    archive.finalize();
    return Readable.from(archive as unknown as AsyncIterable<Buffer>, { objectMode: false });
  }

  test('reads the list of files of older engines, and links in it', async () => {
    const source = archiveOf(() =>
      dockerArchive([digestOf('one'), digestOf('one')], {
        'a/layer.tar': 'one',
        'b/layer.tar': { link: '../a/layer.tar' },
      }),
    );
    await using content = (await source.open({ reference, id: 'sha256:1' }, signal))!;
    const texts = content.layers.map(async (layer) =>
      (await buffer(Readable.from(layer.read(signal)))).toString(),
    );
    expect(await Promise.all(texts)).toEqual(['one', 'one']);
  });

  test('names that lead out of the archive are not followed', async () => {
    const source = archiveOf(() =>
      dockerArchive([digestOf('one')], { 'a/layer.tar': { link: '../../../etc/hostname' } }),
    );
    await expect(source.open({ reference, id: 'sha256:1' }, signal)).rejects.toThrow('names a/layer.tar');
    const evil = archiveOf(() => dockerArchive([digestOf('one')], { '../layer.tar': 'one' }));
    await expect(evil.open({ reference, id: 'sha256:1' }, signal)).rejects.toThrow('names ../layer.tar');
    expect(await saveFolders()).toEqual([]);
  });

  test('an export that breaks off leaves nothing behind', async () => {
    const from = await layout();
    const whole = await buffer(from.archive());
    // Wherever it breaks off: after each header a file is being made.
    for (let end = 512; end < whole.length; end += 512) {
      const source = archiveOf(() =>
        Readable.from(
          (async function* () {
            yield whole.subarray(0, end);
            throw new Error('the engine went away');
          })(),
        ),
      );
      await expect(source.open({ reference, id: from.id }, signal)).rejects.toThrow('the engine went away');
    }
    expect(await saveFolders()).toEqual([]);
  });

  test('what was saved goes when the content is closed', async () => {
    const from = await layout();
    {
      await using content = await archiveOf(() => from.archive()).open({ reference, id: from.id }, signal);
      expect(content).toBeDefined();
      expect(await saveFolders()).toHaveLength(1);
    }
    expect(await saveFolders()).toEqual([]);
  });
});
