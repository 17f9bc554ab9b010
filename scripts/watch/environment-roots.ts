// Which files an environment is made of, and which services a change of them can reach.

import { readFile } from 'node:fs/promises';
import { ContextFilter } from '../image/context-filter.ts';
import { ignoreFilesOf, readContextFilter } from '../image/context-listing.ts';
import { contextSources } from '../image/dockerfile-sources.ts';
import { isLikelyEditorFile } from '../image/editor-file.ts';
import type { BuildRequest } from '../image/image-store.ts';
import type { EnvironmentRun } from '../steps/environment-run.ts';
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
  return {
    reach,
    roots: [
      ...images.flat(),
      ...[...charts].map((folder) =>
        folderRoot(chartRootId(folder), folder, {
          key: 'chart',
          matters: (path) => !isLikelyEditorFile(nameOf(path)),
          reaches: () => true,
        }),
      ),
      ...[...configFiles, run.clusterConfigFile].map((file) => fileRoot(CONFIG_ROOT, file)),
    ],
  };
}

/** What the Dockerfile reads of the context, the Dockerfile, and the files that say what is ignored. */
async function imageRoots(id: string, request: BuildRequest): Promise<WatchRoot[]> {
  const { contextFolder, dockerfile } = request;
  // One that cannot be read is no reason to watch less.
  const filter = await readFile(dockerfile, 'utf8')
    .then((text) => readContextFilter({ contextFolder, dockerfile, sources: contextSources(text, request) }))
    .catch(() => new ContextFilter('', undefined));
  return [
    folderRoot(id, contextFolder, {
      key: `context ${filter.key}`,
      matters: (path) => !isLikelyEditorFile(nameOf(path)) && filter.matters(path),
      reaches: (path) => filter.reaches(path),
    }),
    ...[dockerfile, ...ignoreFilesOf(request)].map((file) => fileRoot(id, file)),
  ];
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
