// What every ImageStore keeps.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test, type TestContext } from 'vitest';
import { fingerprintImage } from '../../src/images/image-fingerprint.ts';
import type { BuildRequest, ImageStore } from '../../src/images/image-store.ts';
import { SourcesChanged } from '../../src/images/context/sources-changed.ts';
import type { Progress } from '../../src/task.ts';

export interface ImageStoreContract {
  readonly title: string;
  readonly make: () => Promise<ImageStore>;
  /** Names of images start with this; nothing else has it. */
  readonly prefix: string;
  readonly need?: (context: TestContext) => void;
}

/** Registers the suite. Images are made from scratch: nothing is pulled. */
export function imageStoreContract({ title, make, prefix, need }: ImageStoreContract): void {
  describe(title, () => {
    const { signal } = new AbortController();
    const task = { signal, report: () => {} };
    const labels = { 'dev.slipway.test': prefix };
    let folder: string;
    let store: ImageStore | undefined;
    const use = (): ImageStore => {
      if (!store) throw new Error('there is no store');
      return store;
    };

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'slipway-images-'));
      await mkdir(join(folder, 'context'));
      await writeFile(join(folder, 'context/base.txt'), 'b'.repeat(1000));
      await writeFile(join(folder, 'context/a.txt'), `a ${prefix}`);
      await writeFile(join(folder, 'context/c.txt'), `c ${prefix}`);
    });
    beforeEach(async (context) => {
      need?.(context);
      store ??= await make();
    });
    afterAll(async () => {
      for (const image of (await store?.list(labels, signal)) ?? [])
        for (const reference of image.references) await store?.remove(reference, signal);
      await rm(folder, { recursive: true, force: true });
    });

    /** Builds from a Dockerfile that lies outside the context. */
    async function build(
      name: string,
      lines: readonly string[],
      more: { signal?: AbortSignal; target?: string; expected?: BuildRequest['expected'] } = {},
    ) {
      const dockerfile = join(folder, `${name}.Dockerfile`);
      await writeFile(dockerfile, `${lines.join('\n')}\n`);
      const reports: Progress[] = [];
      const report = (progress: Progress): unknown => reports.push(progress);
      const { target, expected } = more;
      const request = {
        expected,
        reference: `${prefix}-${name}:1`,
        contextFolder: join(folder, 'context'),
        dockerfile,
        labels,
      };
      const image = await use().build(target === undefined ? request : { ...request, target }, {
        signal: more.signal ?? signal,
        report,
      });
      return { image, reports };
    }
    const simple = ['FROM scratch', 'COPY base.txt /base.txt', 'COPY a.txt /a.txt'];

    test('the same steps on the same files are the same content, whatever else the context holds', async () => {
      const steps = ['FROM scratch', 'COPY c.txt /own', 'ENV A=b', 'CMD ["x"]'];
      await build('same-1', steps);
      await writeFile(join(folder, 'context/README.md'), `more ${prefix}`);
      await build('same-2', steps);
      await build('same-3', [...simple, 'COPY c.txt /c.txt']);
      const isSame = (one: string, other: string) =>
        use().isSameContent(`${prefix}-${one}:1`, `${prefix}-${other}:1`, signal);
      expect(await isSame('same-1', 'same-2')).toBe(true);
      expect(await isSame('same-1', 'same-3')).toBe(false);
      expect(await isSame('same-1', 'nowhere')).toBe(false);
    });

    test('sources that are not what the tag stands for are not built', async () => {
      const platform = 'linux/amd64';
      const dockerfile = join(folder, 'expected.Dockerfile');
      await writeFile(dockerfile, `${simple.join('\n')}\n`);
      const content = { dockerfile, contextFolder: join(folder, 'context'), platform };
      const fingerprint = await fingerprintImage(content);
      const expected = { fingerprint, platform };
      const changed = build('expected', ['FROM scratch', 'COPY base.txt /'], { expected });
      await expect(changed).rejects.toBeInstanceOf(SourcesChanged);
      expect(await use().find(`${prefix}-expected:1`, signal)).toBeUndefined();
      expect((await build('expected', simple, { expected })).image.references).toEqual([
        `${prefix}-expected:1`,
      ]);
    });

    test('what is built is found, by name and by label, with its size', async () => {
      const { image } = await build('simple', simple);
      expect(image.id).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(image.references).toContain(`${prefix}-simple:1`);
      expect(image.labels).toMatchObject(labels);
      expect(image.sizeBytes).toBeGreaterThanOrEqual(1000);
      expect(await use().find(`${prefix}-simple:1`, signal)).toEqual(image);
      expect((await use().list(labels, signal)).map(({ id }) => id)).toContain(image.id);
      expect(await use().list({ ...labels, other: 'label' }, signal)).toEqual([]);
    });

    test('the steps of a build are reported, with numbers that fit', async () => {
      const { reports } = await build('steps', simple);
      const counted = reports.filter((progress) => progress.total !== undefined);
      expect(counted.length).toBeGreaterThan(0);
      expect(
        counted.every(({ done = -1, total = 0, unit }) => done >= 0 && done <= total && unit === 'steps'),
      ).toBe(true);
      expect(reports.map(({ text }) => text).join('\n')).toContain('COPY a.txt /a.txt');
    });

    test('layers come from the base up, with instruction and size, and shared ones are equal', async () => {
      await build('one', simple);
      await build('two', [...simple.slice(0, 2), 'COPY c.txt /c.txt']);
      const [one, two] = [
        await use().layers(`${prefix}-one:1`, signal),
        await use().layers(`${prefix}-two:1`, signal),
      ];
      expect(one.map(({ sizeBytes }) => sizeBytes)).toEqual([1000, `a ${prefix}`.length]);
      expect(one[0]!.createdBy).toMatch(/^COPY .*base\.txt|^COPY [0-9a-f]{12} → \/base\.txt/);
      expect(one[0]!.diffId).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(two[0]).toEqual(one[0]);
      expect(two[1]!.diffId).not.toBe(one[1]!.diffId);
    });

    test('a build that fails names the step, and leaves no image of that name', async () => {
      const failing = build('failing', ['FROM scratch', 'COPY no-such-file.txt /']);
      await expect(failing).rejects.toMatchObject({
        code: 'build',
        message: expect.stringContaining('no-such-file.txt'),
      });
      expect(await use().find(`${prefix}-failing:1`, signal)).toBeUndefined();
    });

    test('a build without a Dockerfile fails', async () => {
      const request = {
        reference: `${prefix}-none:1`,
        contextFolder: folder,
        dockerfile: join(folder, 'none'),
      };
      await expect(use().build(request, task)).rejects.toMatchObject({ code: 'build' });
    });

    test('a build that was stopped before it began does not begin', async () => {
      await expect(build('stopped', simple, { signal: AbortSignal.abort() })).rejects.toMatchObject({
        code: 'interrupted',
      });
      expect(await use().find(`${prefix}-stopped:1`, signal)).toBeUndefined();
    });

    test('images are exported as one stream', async () => {
      await build('export', simple);
      const bytes = await buffer(await use().export([`${prefix}-export:1`], signal));
      expect(bytes.includes(`${prefix}-export`)).toBe(true);
    });

    test('what is removed is gone; removing it again says that it was not there', async () => {
      await build('removed', simple);
      expect(await use().remove(`${prefix}-removed:1`, signal)).toBe('removed');
      expect(await use().find(`${prefix}-removed:1`, signal)).toBeUndefined();
      expect(await use().remove(`${prefix}-removed:1`, signal)).toBe('absent');
    });

    test('an image built FROM another has its labels, and stays when the name of that one goes', async () => {
      const base = await build('below', [...simple, 'COPY c.txt /below']);
      const request = { reference: `${prefix}-upon:1`, contextFolder: join(folder, 'context') };
      const dockerfile = join(folder, 'upon.Dockerfile');
      await writeFile(dockerfile, `FROM ${prefix}-below:1\nCOPY c.txt /upon\n`);
      const { id } = await use().build({ ...request, dockerfile, labels: {}, builder: 'classic' }, task);
      expect((await use().find(`${prefix}-upon:1`, signal))?.labels).toMatchObject(labels);
      expect(await use().remove(`${prefix}-below:1`, signal)).toBe('removed');
      expect(await use().find(`${prefix}-below:1`, signal)).toBeUndefined();
      expect((await use().find(`${prefix}-upon:1`, signal))?.id).toBe(id);
      // It is there without a name, as long as something stands on it, and no list speaks of it.
      expect((await use().list(labels, signal)).map((image) => image.id)).not.toContain(base.image.id);
      expect(await use().remove(`${prefix}-upon:1`, signal)).toBe('removed');
      expect(await use().find(base.image.id, signal)).toBeUndefined();
    });

    test('an id removes an image of one name with that name', async () => {
      const { image } = await build('by-id', [...simple, 'COPY c.txt /by-id']);
      expect(await use().remove(image.id, signal)).toBe('removed');
      expect(await use().find(`${prefix}-by-id:1`, signal)).toBeUndefined();
    });

    test('an image that is not there has no layers to tell', async () => {
      await expect(use().layers(`${prefix}-nobody:1`, signal)).rejects.toMatchObject({ code: 'engine' });
    });
  });
}
