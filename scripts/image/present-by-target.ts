// Which images the nodes have, by what containerd's names point at: where a name still points where it did when the
// image was found whole, the image is whole.

import { readFile } from 'node:fs/promises';
import type { AskEngine } from './list-engine-images.ts';
import type { LoadRequest } from './image-loader.ts';
import { nodeImageTargets } from './node-image-targets.ts';
import { containerdName } from './node-images.ts';

/** By node, then by reference: a digest. */
export type ImageTargets = Readonly<Record<string, Readonly<Record<string, string>>>>;

interface NodeContainer {
  readonly Id: string;
  readonly State: { readonly Pid: number };
}

/**
 * Of these references, where they point in each node. Rejects where the files of a node cannot be seen: another
 * machine, no right, an engine in a virtual machine.
 */
export async function observeTargets(
  ask: AskEngine,
  { references, nodes }: LoadRequest,
  signal: AbortSignal,
): Promise<ImageTargets> {
  if (references.length === 0) return {};
  const found = nodes.map(async (node) => {
    const { Id, State } = (await ask(`/containers/${node}/json`, signal)) as NodeContainer;
    const processFolder = `/proc/${State.Pid}`;
    // In a virtual machine that number may be any process here. The mounts of a container name its id.
    if (!(await readFile(`${processFolder}/mountinfo`, 'utf8')).includes(Id))
      throw new Error(`${node} does not run on this machine`);
    const targets = await nodeImageTargets(`${processFolder}/root/run/containerd/containerd.sock`, signal);
    const known = references.flatMap((reference) => {
      const digest = targets.get(containerdName(reference));
      return digest === undefined ? [] : [[reference, digest] as const];
    });
    return [node, Object.fromEntries(known)] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

/** The same answer as ImageLoader.present gives, for images that were found whole with these targets before. */
export async function presentByTarget(
  ask: AskEngine,
  before: ImageTargets,
  request: LoadRequest,
  signal: AbortSignal,
): Promise<{ reference: string; node: string }[]> {
  const now = await observeTargets(ask, request, signal);
  return request.nodes.flatMap((node) =>
    request.references
      .filter((reference) => {
        const digest = now[node]?.[reference];
        return digest !== undefined && digest === before[node]?.[reference];
      })
      .map((reference) => ({ reference, node })),
  );
}
