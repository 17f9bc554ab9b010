// Pure: what can be wrong with the sync rules of a release beside their shape.

import type { Problem } from './problem.ts';
import type { Environment } from './schema.ts';

type Release = Environment['releases'][string];

/** @param at path of the release in the config */
export function syncProblems(
  at: string,
  release: Partial<Release> | undefined,
  images: Partial<Environment['images']>,
): Problem[] {
  const { sync } = release ?? {};
  if (typeof sync !== 'object' || !Array.isArray(sync.rules)) return [];
  const own = [...new Set(Object.values(release?.images ?? {}))];
  const name = sync.image ?? (own.length === 1 ? own[0] : undefined);
  if (name === undefined)
    return [{ path: `${at}.sync`, message: `must name its image: the release has ${own.length}` }];
  if (!own.includes(name))
    return [{ path: `${at}.sync.image`, message: `'${name}' is no image of this release` }];
  const context = images[name]?.context;
  const problems: Problem[] = [];
  sync.rules.forEach(({ from, after }, index) => {
    const path = `${at}.sync.rules[${index}]`;
    if (context !== undefined && typeof from === 'string' && !isInside(from, context))
      problems.push({
        path: `${path}.from`,
        message: `lies outside '${context}', the context of image '${name}'`,
      });
    if (after === 'restart' && !(sync.command?.length > 0))
      problems.push({
        path: `${path}.after`,
        message: "starts what 'sync.command' names, and that is empty",
      });
  });
  return problems;
}

function isInside(path: string, folder: string): boolean {
  return folder === '.' || path === folder || path.startsWith(`${folder}/`);
}
