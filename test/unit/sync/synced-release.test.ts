// A release whose files are synced: what the cluster is told of it, and what is refused. On folders and processes.

import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fingerprintImage } from '../../../src/images/image-fingerprint.ts';
import type { SourceSnapshot } from '../../../src/sync/plan-sync.ts';
import { readSnapshot } from '../../../src/sync/source-snapshot.ts';
import { SyncCoverage } from '../../../src/sync/sync-rules.ts';
import { SyncedPods } from '../../../src/sync/synced-pods.ts';
import { SourcesMoved, SyncedRelease } from '../../../src/sync/synced-release.ts';
import { findSyncedReleases } from '../../../src/sync/synced-releases.ts';
import { FakeClusterApi } from '../../fakes/cluster-api.ts';
import { LocalPods, type LocalPodOptions } from '../../fakes/local-pods.ts';
import { until } from '../../support/until.ts';

const run = promisify(execFile);
const { signal } = new AbortController();
const fillScript = join(import.meta.dirname, '../../../charts/service/files/fill-synced.sh');

describe('a synced release', () => {
  let root: string;
  let context: string;
  let local: LocalPods;
  let api: FakeClusterApi;
  let pods: SyncedPods;
  let release: SyncedRelease;
  let stop: AbortController;
  let image: LocalPodOptions;

  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(context, path)), { recursive: true });
    await writeFile(join(context, path), text);
  };
  const snapshot = async (): Promise<SourceSnapshot> => {
    const content = {
      contextFolder: context,
      dockerfile: join(context, 'Dockerfile'),
      platform: 'linux/amd64',
    };
    const fingerprint = await fingerprintImage(content);
    const expected = { fingerprint, platform: content.platform };
    return (await readSnapshot({ ...content, reference: 'web:1', expected }, {}, signal))!;
  };
  const record = () =>
    api.get({ apiVersion: 'v1', kind: 'ConfigMap', name: 'web-synced', namespace: 'ns' }, signal);
  const synced = async (): Promise<number | undefined> =>
    (await findSyncedReleases(api, signal)).get('ns/web');

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'slipway-release-'));
    context = join(root, 'app');
    await write('Dockerfile', 'FROM scratch\nCOPY . /app\n');
    await write('src/main', 'first');
    await write('src/lib/other', 'other');
    // As the image has it.
    await cp(join(context, 'src'), join(root, 'tree/0'), { recursive: true });
    local = new LocalPods();
    api = new FakeClusterApi().add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns' } });
    stop = new AbortController();
    const target = { namespace: 'ns', labels: { app: 'web' }, container: 'main', image: 'web:1' };
    image = { ...target, treeFolder: join(root, 'tree') };
    pods = new SyncedPods({
      ...{ exec: local, target: { ...target, port: undefined } },
      ...{ logOf: async () => [], onTrouble: () => undefined },
    });
    void (async () => {
      for await (const seen of local.follow('ns', stop.signal)) pods.observe(seen);
    })();
    await local.start('a', image);
    await until('it is seen', async () => local.opened.length > 0);
    release = new SyncedRelease({
      ...{ name: 'web', namespace: 'ns', environment: 'test', image: 'web:1', api, pods },
      ...{ built: await snapshot(), prefix: 'app/', contextFolder: context },
      coverage: new SyncCoverage([{ from: 'app/src', to: '/app/src', exclude: [], after: 'nothing' }]),
    });
  });
  afterEach(async () => {
    stop.abort();
    pods.close();
    await local[Symbol.asyncDispose]();
    await rm(root, { recursive: true, force: true });
  });

  test('the cluster is told before the first file arrives, and until all is as in the image again', async () => {
    expect(await synced()).toBeUndefined();
    await write('src/main', 'second');
    await write('src/new', 'new');
    expect(await release.bring(await snapshot(), signal)).toEqual({ files: 2, after: 'nothing' });
    expect(await local.read('a', 'tree/0/main')).toBe('second');
    expect(await synced()).toBe(2);
    await write('src/main', 'first');
    expect(await release.bring(await snapshot(), signal)).toEqual({ files: 1, after: 'nothing' });
    expect(await synced()).toBe(1);
    await rm(join(context, 'src/new'));
    await release.bring(await snapshot(), signal);
    expect(await local.read('a', 'tree/0/main')).toBe('first');
    await expect(local.read('a', 'tree/0/new')).rejects.toThrow('ENOENT');
    expect(await synced()).toBeUndefined();
  });

  test('a new pod is filled with what was synced, from its image and the record', async () => {
    await write('src/main', 'second');
    await write('src/deep/er/new', 'new');
    await rm(join(context, 'src/lib'), { recursive: true });
    await write('src/tool', 'tool');
    await chmod(join(context, 'src/tool'), 0o755);
    await release.bring(await snapshot(), signal);
    const { data, binaryData } = (await record()) as unknown as Record<
      'data' | 'binaryData',
      Record<string, string>
    >;
    const volume = join(root, 'volume');
    await mkdir(volume);
    await mkdir(`${volume}-record`);
    await writeFile(`${volume}-record/image`, data['image']!);
    await writeFile(`${volume}-record/files.tar`, Buffer.from(binaryData['files.tar']!, 'base64'));
    const fill = async (reference: string): Promise<string[]> => {
      const script = await readFile(fillScript, 'utf8');
      await run('sh', ['-c', script, 'fill-synced', volume, reference, join(root, 'tree/0')]);
      const { stdout } = await run('find', ['.', '-type', 'f', '-printf', '%P %m\n'], {
        cwd: join(volume, 'tree/0'),
      });
      return stdout.trim().split('\n').sort();
    };
    expect(await fill('web:1')).toEqual(['deep/er/new 644', 'main 644', 'tool 755']);
    expect(await readFile(join(volume, 'tree/0/main'), 'utf8')).toBe('second');
    // Another image knows nothing of it.
    expect(await fill('web:2')).toEqual(['lib/other 644', 'main 644']);
    expect(await readFile(join(volume, 'tree/0/main'), 'utf8')).toBe('first');
  });

  test('what no rule covers is refused, and nothing of it is sent', async () => {
    await write('src/main', 'second');
    await write('README', 'x');
    await expect(release.bring(await snapshot(), signal)).rejects.toThrow('no rule covers app/README');
    expect(await local.read('a', 'tree/0/main')).toBe('first');
    expect(await synced()).toBeUndefined();
  });

  test('sources that go on changing are not sent half', async () => {
    await write('src/main', 'second');
    const seen = await snapshot();
    await write('src/main', 'third');
    await expect(release.bring(seen, signal)).rejects.toThrow(SourcesMoved);
    expect(await local.read('a', 'tree/0/main')).toBe('first');
    await release.bring(await snapshot(), signal);
    expect(await local.read('a', 'tree/0/main')).toBe('third');
  });

  test("somebody else's ConfigMap of that name is left alone", async () => {
    api.add({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web-synced', namespace: 'ns' } });
    await write('src/main', 'second');
    await expect(release.bring(await snapshot(), signal)).rejects.toThrow('not made by Slipway');
    expect(await local.read('a', 'tree/0/main')).toBe('first');
  });
});
