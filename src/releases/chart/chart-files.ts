// The files of a chart folder as helm reads them: through links, wherever they lead, and without what .helmignore
// leaves out.

import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../failure.ts';
import { isHelmIgnored, parseHelmIgnore } from './helm-ignore.ts';

export interface ChartFile {
  /** In the chart. */
  readonly path: string;
  /** 'lost': a link that leads nowhere, or what is neither file nor folder: helm refuses the chart. */
  readonly kind: 'file' | 'lost';
  readonly sizeBytes: number;
}

export interface ChartListing {
  /** In order of their paths. */
  readonly files: readonly ChartFile[];
  /** Absolute paths of what links lead to, the chart's own folder included where it is a link. */
  readonly targets: readonly { readonly path: string; readonly isFolder: boolean }[];
}

/** Rejects with Failure 'chart' for a link that leads back to a folder that it lies in: helm would follow it for ever. */
export async function listChart(folder: string): Promise<ChartListing> {
  const rules = parseHelmIgnore(await readFile(join(folder, '.helmignore'), 'utf8').catch(() => ''));
  const files: ChartFile[] = [];
  const targets: { path: string; isFolder: boolean }[] = [];
  const take = async (path: string, above: readonly string[]): Promise<void> => {
    const full = join(folder, path);
    const [own, found] = await Promise.all([
      lstat(full).catch(() => undefined),
      stat(full).catch(() => undefined),
    ]);
    // Gone since its folder was read.
    if (!own) return;
    const isFolder = found?.isDirectory() ?? false;
    if (path !== '' && isHelmIgnored(rules, path, isFolder)) return;
    const real = own.isSymbolicLink() && found ? await realpath(full) : undefined;
    if (real !== undefined) targets.push({ path: real, isFolder });
    if (!isFolder) {
      files.push({ path, kind: found?.isFile() ? 'file' : 'lost', sizeBytes: found?.size ?? 0 });
      return;
    }
    const id = `${found!.dev}:${found!.ino}`;
    if (above.includes(id))
      throw new Failure('chart', `the chart ${folder}: ${path} is a link to a folder that it lies in`, {
        hint: `Remove the link, or leave it out by a line in .helmignore: ${path}`,
      });
    for (const name of await readdir(full))
      await take(path === '' ? name : `${path}/${name}`, [...above, id]);
  };
  await take('', []);
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files, targets };
}

/** What stands for a chart in a fingerprint: for each file its path and the digest of its content. */
export async function chartContent(folder: string): Promise<string[]> {
  const { files } = await listChart(folder);
  if (files.length === 0)
    throw new Failure('chart', `there is no chart in ${folder}`, {
      hint: 'Correct the path in the config (releases.<name>.chart).',
    });
  return Promise.all(
    files.map(async ({ path, kind }) => {
      if (kind === 'lost') return `${path} cannot be read`;
      const bytes = await readFile(join(folder, path)).catch((cause: Error) => {
        throw new Failure('chart', `the chart cannot be read: ${cause.message}`, { cause });
      });
      return `${path} ${createHash('sha256').update(bytes).digest('hex')}`;
    }),
  );
}
