// Lists images of the engine, by whatever asks it: a look must not load a client library.

import { engineFailure } from '../engine/engine-call.ts';
import type { StoredImage } from './image-store.ts';

/** As GET /images/json tells of an image. */
interface ListedImage {
  readonly Id: string;
  readonly RepoTags: readonly string[] | null | undefined;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly Size: number;
  readonly Created: number;
}

/** GETs a path of the engine's API and gives the parsed answer. */
export type AskEngine = (path: string, signal: AbortSignal) => Promise<unknown>;

/** Images that carry all these labels, the newest first. Rejects with Failure 'engine'. */
export async function listEngineImages(
  ask: AskEngine,
  labels: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<StoredImage[]> {
  const label = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const filters = encodeURIComponent(JSON.stringify({ label }));
  try {
    return readImageList((await ask(`/images/json?filters=${filters}`, signal)) as readonly ListedImage[]);
  } catch (error) {
    throw engineFailure(error, { doing: 'listing images', signal });
  }
}

/** The newest first. */
export function readImageList(images: readonly ListedImage[]): StoredImage[] {
  const newestFirst = images.toSorted((one, other) => other.Created - one.Created);
  return newestFirst.map(({ Id, RepoTags, Labels, Size }) => ({
    id: Id,
    references: referencesOf(Id, RepoTags),
    labels: Labels ?? {},
    sizeBytes: Size,
  }));
}

/** An image without a name (a build stage) is referred to by its id: that is how it can be removed. */
export function referencesOf(id: string, tags: readonly string[] | null | undefined): string[] {
  const named = (tags ?? []).filter((tag) => !tag.includes('<none>'));
  return named.length > 0 ? named : [id];
}
