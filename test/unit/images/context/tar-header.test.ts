import { once } from 'node:events';
import { extract, type Header } from 'tar-stream';
import { expect, test } from 'vitest';
import { tarHeader, tarPadding } from '../../../../src/images/context/tar-header.ts';

/** As another program reads it. */
async function readBack(header: Buffer): Promise<Header> {
  const archive = extract();
  const entry = once(archive, 'entry');
  archive.write(header);
  const [found] = (await entry) as [Header];
  archive.destroy();
  return found;
}

test.each([0, 1, 511, 512, 8 * 2 ** 30 - 1, 8 * 2 ** 30, 9 * 2 ** 40])(
  'a file of %d bytes says so, above 8 GiB too',
  async (sizeBytes) => {
    const found = await readBack(tarHeader({ name: 'a', kind: 'file', mode: 0o644, sizeBytes }));
    expect(found).toMatchObject({ name: 'a', type: 'file', size: sizeBytes, mode: 0o644 });
    expect((sizeBytes + tarPadding(sizeBytes).length) % 512).toBe(0);
  },
);

test.each([99, 100, 101, 255, 4000])('a name and a target of %d bytes', async (length) => {
  const name = 'n'.repeat(length);
  const target = 't'.repeat(length);
  expect(await readBack(tarHeader({ name, kind: 'link', mode: 0o777, target }))).toMatchObject({
    ...{ name, linkname: target, type: 'symlink' },
  });
});

test('modes with set-user-id and owners that are root', async () => {
  expect(await readBack(tarHeader({ name: 'a', kind: 'file', mode: 0o6755 }))).toMatchObject({
    ...{ mode: 0o6755, uid: 0, gid: 0 },
  });
});
