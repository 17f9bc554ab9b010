// An artifact that is a folder, or a file in one, of the cache.

import { join } from 'node:path';
import type { Task } from '../task.ts';
import type { Artifact } from './artifact.ts';
import type { Workbench } from './workshop.ts';

export interface CachedRecipe {
  readonly id: string;
  readonly title: string;
  readonly needs?: readonly string[];
  readonly fingerprint: string;
  /** The file in the folder that is the artifact; the folder itself if absent. */
  readonly file?: string;
  /** Fills the empty folder. */
  readonly fill: (folder: string, task: Task) => Promise<void>;
}

export function cachedArtifact({ cache }: Pick<Workbench, 'cache'>, recipe: CachedRecipe): Artifact {
  const { id, title, needs = [], fingerprint, file = '', fill } = recipe;
  return {
    id,
    title,
    needs,
    fingerprint,
    location: join(cache.path(id, fingerprint), file),
    isPresent: () => cache.has(id, fingerprint),
    make: (task) => cache.fill(id, fingerprint, fill, task),
  };
}
