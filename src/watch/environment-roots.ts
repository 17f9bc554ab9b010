// Which files an environment is made of, and which services a change of them can reach.

import { lstat, readFile, realpath } from 'node:fs/promises';
import { listChart } from '../releases/chart/chart-files.ts';
import { ContextFilter } from '../images/context/context-filter.ts';
import { ignoreFilesOf, readContextFilter } from '../images/context/context-listing.ts';
import { contextSources } from '../images/context/dockerfile-sources.ts';
import { isLikelyEditorFile } from '../images/context/editor-file.ts';
import type { BuildRequest } from '../images/image-store.ts';
import type { EnvironmentRun } from '../up/environment-run.ts';
import { fileRoot, folderRoot, type WatchRoot } from './watch-root.ts';

/** The root of the config, of what it imports and of the cluster's config. */
export const CONFIG_ROOT = 'config';

export function imageRootId(name: string): string {
  return `image:${name}`;
}

/** @param folder absolute */
export function chartRootId(folder: string): string {
  return `chart:${folder}`;
}

export interface EnvironmentRoots {
  readonly roots: readonly WatchRoot[];
  /** By id of a root, the steps of the releases that it reaches: 'release:backend', 'addon:dapr'. */
  readonly reach: ReadonlyMap<string, readonly string[]>;
}

/** @param configFiles absolute paths of the config and of what it imports */
export async function environmentRoots(
  run: EnvironmentRun,
  configFiles: readonly string[],
): Promise<EnvironmentRoots> {
  const images = await Promise.all(
    [...run.builds].map(([name, request]) => imageRoots(imageRootId(name), request)),
  );
  const charts = new Set([...run.releases.values()].map((spec) => spec.chart));
  const reach = new Map<string, string[]>([[CONFIG_ROOT, [...run.releases.keys()]]]);
  const reaches = (root: string, service: string): void =>
    void reach.set(root, [...(reach.get(root) ?? []), service]);
  for (const { group, name, images: references } of run.desired.releases) {
    const service = `${group}:${name}`;
    reaches(chartRootId(run.releases.get(service)!.chart), service);
    for (const image of run.desired.images)
      if (references.includes(image.reference)) reaches(imageRootId(image.name), service);
  }
  const [charted, configured] = await Promise.all([
    Promise.all([...charts].map(chartRoots)),
    Promise.all([...configFiles, run.clusterConfigFile].map((file) => fileRoots(CONFIG_ROOT, file))),
  ]);
  return { reach, roots: [...images, ...charted, ...configured].flat() };
}

/** The folder of a chart, and what links in it lead to: helm reads through them. */
async function chartRoots(folder: string): Promise<WatchRoot[]> {
  const id = chartRootId(folder);
  const filter = {
    key: 'chart',
    matters: (path: string) => !isLikelyEditorFile(nameOf(path)),
    reaches: () => true,
  };
  // One that cannot be listed is told by whoever reads it.
  const { targets } = await listChart(folder).catch(() => ({ targets: [] }));
  return [
    folderRoot(id, folder, filter),
    ...targets.map(({ path, isFolder }) => (isFolder ? folderRoot(id, path, filter) : fileRoot(id, path))),
  ];
}

/** The file, and where it is a link what that leads to. */
async function fileRoots(id: string, file: string): Promise<WatchRoot[]> {
  const target = await targetOf(file);
  return [fileRoot(id, file), ...(target === undefined ? [] : [fileRoot(id, target)])];
}

/** Undefined for what is no link, or is not there. */
async function targetOf(path: string): Promise<string | undefined> {
  const isLink = await lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
  return isLink ? realpath(path).catch(() => undefined) : undefined;
}

/** What the Dockerfile reads of the context, the Dockerfile, and the files that say what is ignored. */
async function imageRoots(id: string, request: BuildRequest): Promise<WatchRoot[]> {
  const { contextFolder, dockerfile } = request;
  // One that cannot be read is no reason to watch less.
  const filter = await readFile(dockerfile, 'utf8')
    .then((text) => readContextFilter({ contextFolder, dockerfile, sources: contextSources(text, request) }))
    .catch(() => new ContextFilter('', undefined));
  const wanted = {
    key: `context ${filter.key}`,
    matters: (path: string) => !isLikelyEditorFile(nameOf(path)) && filter.matters(path),
    reaches: (path: string) => filter.reaches(path),
  };
  const files = await Promise.all([dockerfile, ...ignoreFilesOf(request)].map((file) => fileRoots(id, file)));
  const target = await targetOf(contextFolder);
  return [
    folderRoot(id, contextFolder, wanted),
    ...(target === undefined ? [] : [folderRoot(id, target, wanted)]),
    ...files.flat(),
  ];
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
