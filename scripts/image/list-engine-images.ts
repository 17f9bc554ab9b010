// Lists images of the engine by a bare question, for a look that must not load a client library.

import type { StoredImage } from './image-store.ts';

interface ListedImage {
  readonly Id: string;
  readonly RepoTags: readonly string[] | null;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly Size: number;
}

/** GETs a path of the engine's API and gives the parsed answer. */
export type AskEngine = (path: string, signal: AbortSignal) => Promise<unknown>;

/** Images that carry all these labels and have a name. */
export async function listEngineImages(
  ask: AskEngine,
  labels: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<StoredImage[]> {
  const label = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const filters = encodeURIComponent(JSON.stringify({ label }));
  const images = (await ask(`/images/json?filters=${filters}`, signal)) as readonly ListedImage[];
  return images.map(({ Id, RepoTags, Labels, Size }) => ({
    id: Id,
    references: (RepoTags ?? []).filter((tag) => !tag.includes('<none>')),
    labels: Labels ?? {},
    sizeBytes: Size,
  }));
}
