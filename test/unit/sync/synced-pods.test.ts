// Files on their way into containers: folders and processes of this machine, with the scripts that run in real ones.

import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ProgramRefused, SyncRefused } from '../../../src/sync/sync-failure.ts';
import { fileState, type SyncItem, type SyncSet } from '../../../src/sync/sync-set.ts';
import { SyncedPods } from '../../../src/sync/synced-pods.ts';
import { LocalPods, type LocalPodOptions } from '../../fakes/local-pods.ts';
import { until } from '../../support/until.ts';

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const item = (place: string, text: string | undefined, more: Partial<SyncItem> = {}): SyncItem => ({
  ...{ place, after: 'restart', executable: false, isAsBuilt: false },
  state: text === undefined ? 'no file' : fileState(digestOf(text), more.executable ?? false),
  content: text === undefined ? undefined : Buffer.from(text),
  ...more,
});
const setOf = (...items: SyncItem[]): SyncSet => ({
  items: new Map(items.map((one) => [one.place, one])),
  untouched: new Map([['0/kept', digestOf('kept')]]),
});

/** Tells its answer, and ends when that says so. */
const program = `
  echo "runs $(cat tree/0/answer)"
  [ "$(cat tree/0/answer)" != crash ] || exit 5
  trap 'echo "again $(cat tree/0/answer)"' HUP
  while :; do sleep 0.02; done
`;

describe('synced pods', () => {
  let folder: string;
  let local: LocalPods;
  let pods: SyncedPods;
  let image: LocalPodOptions;
  let stop: AbortController;
  const troubles: string[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-image-'));
    for (const [path, text] of [
      ['0/answer', 'first'],
      ['0/kept', 'kept'],
      ['0/lib/old', 'old'],
    ] as const) {
      await mkdir(join(folder, dirname(path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    local = new LocalPods();
    stop = new AbortController();
    troubles.length = 0;
    const target = { namespace: 'ns', labels: { app: 'web' }, container: 'main', image: 'web:1' };
    image = { ...target, treeFolder: folder, command: ['sh', '-c', program] };
    pods = new SyncedPods({
      ...{ exec: local, target: { ...target, port: undefined } },
      logOf: async (pod) => local.logOf(pod).trim().split('\n').slice(-1),
      onTrouble: (text) => void troubles.push(text),
    });
    void (async () => {
      for await (const seen of local.follow('ns', stop.signal)) pods.observe(seen);
    })();
  });
  afterEach(async () => {
    stop.abort();
    pods.close();
    await local[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const runs = (name: string, text: string): Promise<void> =>
    until(`${name} ${text}`, async () => local.logOf(name).trim().endsWith(text));
  const seen = (name: string): Promise<void> =>
    until(`${name} is seen`, async () => local.opened.includes(`ns/${name}`));
  const begin = async (...names: string[]): Promise<void> => {
    for (const name of names) {
      await local.start(name, image);
      await runs(name, 'runs first');
      await seen(name);
    }
  };

  test('all replicas get the files, in one archive each, and their programs run with them', async () => {
    await begin('a', 'b');
    await pods.apply(
      setOf(item('0/answer', 'second'), item('0/lib/new', 'new'), item('0/lib/old', undefined)),
    );
    for (const name of ['a', 'b']) {
      await runs(name, 'runs second');
      expect(await local.read(name, 'tree/0/lib/new')).toBe('new');
      await expect(local.read(name, 'tree/0/lib/old')).rejects.toThrow('ENOENT');
      expect(local.endOf(name)).toBeNull();
    }
    expect(local.opened).toEqual(['ns/a', 'ns/b']);
  });

  test('a program in the image whose name has several lines says nothing to the receiver', async () => {
    // Up to here, its second line ended the listing before it was whole.
    for (const name of ['a\nready', 'b\nfailed x']) {
      await writeFile(join(folder, '0', name), 'x');
      await chmod(join(folder, '0', name), 0o755);
    }
    await begin('a');
    await pods.apply(setOf(item('0/answer', 'second')));
    await runs('a', 'runs second');
    expect(troubles).toEqual([]);
  });

  test('long names arrive, and so do names with letters of other languages', async () => {
    await begin('a');
    const long = `0/${'d'.repeat(120)}/${'ö'.repeat(100)}/page`;
    await pods.apply(setOf(item(long, 'page', { after: 'nothing' })));
    expect(await local.read('a', `tree/${long}`)).toBe('page');
  });

  test('what needs no restart gets none, and a signal reaches the program', async () => {
    await begin('a');
    await pods.apply(setOf(item('0/lib/page', 'page', { after: 'nothing' })));
    await pods.apply(
      setOf(
        item('0/lib/page', 'page', { after: 'nothing' }),
        item('0/answer', 'second', { after: 'SIGHUP' }),
      ),
    );
    await until('it has heard', async () => local.logOf('a').includes('again second'));
    expect(local.logOf('a')).toBe('runs first\nagain second\n');
  });

  test('a program that does not start with the files has those of before again, in every pod', async () => {
    await begin('a', 'b');
    await pods.apply(setOf(item('0/answer', 'second')));
    const broken = setOf(item('0/answer', 'crash'), item('0/lib/new', 'new'));
    const failure = await pods.apply(broken).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ProgramRefused);
    expect((failure as Error).message).toMatch(/ended with exit code 5 in pod [ab]$/);
    for (const name of ['a', 'b']) {
      expect(await local.read(name, 'tree/0/answer')).toBe('second');
      await expect(local.read(name, 'tree/0/lib/new')).rejects.toThrow('ENOENT');
      await runs(name, 'runs second');
      expect(local.endOf(name)).toBeNull();
    }
    await pods.apply(setOf(item('0/answer', 'third')));
    await runs('a', 'runs third');
  });

  test('where one pod takes the files and the other one cannot, both have those of before', async () => {
    await begin('a', 'b');
    await writeFile(join(local.folderOf('b'), 'tree/0/lib/block'), 'a file where a folder has to be');
    const failure = await pods
      .apply(setOf(item('0/answer', 'second'), item('0/lib/block/deep', 'x'), item('0/lib/old', 'newer')))
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SyncRefused);
    expect((failure as Error).message).toBe('the files cannot be put in place');
    for (const name of ['a', 'b']) {
      expect(await local.read(name, 'tree/0/answer')).toBe('first');
      expect(await local.read(name, 'tree/0/lib/old')).toBe('old');
    }
    await expect(local.read('a', 'tree/0/lib/block/deep')).rejects.toThrow('ENOENT');
  });

  test('a pod that takes the place of another one, and one that comes besides, get what the others have', async () => {
    await begin('a');
    await pods.apply(setOf(item('0/answer', 'second')));
    await local.remove('a');
    await local.start('c', image);
    await runs('c', 'runs second');
    await local.start('d', image);
    await runs('d', 'runs second');
    expect(troubles).toEqual([]);
  });

  test('a container that crashed later is Kubernetes’ to start, and has the files', async () => {
    await begin('a');
    await pods.apply(setOf(item('0/answer', 'second')));
    process.kill(Number(await local.read('a', 'process')), 'SIGKILL');
    await until('the container ends', async () => local.endOf('a') === 137);
    await local.restart('a', image);
    await until('it runs', async () => local.logOf('a').split('runs second').length === 3);
    await pods.apply(setOf(item('0/answer', 'third')));
    expect(await local.read('a', 'tree/0/answer')).toBe('third');
  });

  test('a connection that breaks is taken up again', async () => {
    await begin('a');
    await pods.apply(setOf(item('0/answer', 'second')));
    local.cut('a');
    await pods.apply(setOf(item('0/answer', 'third')));
    await runs('a', 'runs third');
    expect(local.opened).toEqual(['ns/a', 'ns/a']);
  });

  test('a pod whose files are not those of the image is refused', async () => {
    await writeFile(join(folder, '0/kept'), 'compiled');
    await local.start('a', image);
    await seen('a');
    await expect(pods.apply(setOf(item('0/answer', 'second')))).rejects.toThrow(
      'in pod a, file 0/kept of the volume is not what its source was when the image was built',
    );
  });

  test('without a running container, or in one without a supervisor, it is refused', async () => {
    await expect(pods.apply(setOf(item('0/answer', '2')))).rejects.toThrow('none of its containers runs');
    const { command: _, ...bare } = image;
    await local.start('a', bare);
    await seen('a');
    await expect(pods.apply(setOf(item('0/answer', '2')))).rejects.toThrow(
      'nothing in this container can start the program again',
    );
  });
});
