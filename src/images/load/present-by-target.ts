// Which images the nodes have, by what containerd's names point at: where a name still points where it did when the
// image was found whole, the image is whole.

import { readFile } from 'node:fs/promises';
import type { AskEngine } from '../list-engine-images.ts';
import type { LoadRequest } from './image-loader.ts';
import { nodeImageTargets } from './node-image-targets.ts';
import { containerdName } from './node-images.ts';

/** By node, then by reference: a digest. */
export type ImageTargets = Readonly<Record<string, Readonly<Record<string, string>>>>;

interface NodeContainer {
  readonly Id: string;
  readonly State: { readonly Pid: number };
}

/** Runs a program in a node and gives what it prints. */
export type RunInNode = (node: string, command: readonly string[], signal: AbortSignal) => Promise<string>;

/** How nodes are looked into. */
export interface NodeLook {
  readonly ask: AskEngine;
  readonly run: RunInNode;
}

/** Of these references, where they point in each node. */
export async function observeTargets(
  look: NodeLook,
  { references, nodes }: LoadRequest,
  signal: AbortSignal,
): Promise<ImageTargets> {
  if (references.length === 0) return {};
  const found = nodes.map(async (node) => {
    const targets = await targetsBeside(look.ask, node, signal).catch((error: unknown) => {
      if (signal.aborted) throw error;
      // Another machine, a virtual one, or no right to the files of its processes: then from within.
      return targetsWithin(look.run, node, signal);
    });
    const known = references.flatMap((reference) => {
      const digest = targets.get(containerdName(reference));
      return digest === undefined ? [] : [[reference, digest] as const];
    });
    return [node, Object.fromEntries(known)] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

/** Over the socket of the node's containerd, below the root of its first process: no program is started. */
async function targetsBeside(
  ask: AskEngine,
  node: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const { Id, State } = (await ask(`/containers/${node}/json`, signal)) as NodeContainer;
  const processFolder = `/proc/${State.Pid}`;
  // In a virtual machine that number may be any process here. The mounts of a container name its id.
  if (!(await readFile(`${processFolder}/mountinfo`, 'utf8')).includes(Id))
    throw new Error(`${node} does not run on this machine`);
  return nodeImageTargets(`${processFolder}/root/run/containerd/containerd.sock`, signal);
}

/** One line for each image: its name, a media type, its digest. */
async function targetsWithin(
  run: RunInNode,
  node: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const [head = '', ...lines] = (
    await run(node, ['ctr', '--namespace', 'k8s.io', 'images', 'ls'], signal)
  ).split('\n');
  if (!/^REF\s+TYPE\s+DIGEST\b/.test(head)) throw new Error(`${node} does not list its images: ${head}`);
  return new Map(
    lines.flatMap((line) => {
      const [name, , digest] = line.split(/\s+/);
      return name && digest ? [[name, digest] as const] : [];
    }),
  );
}

/** The same answer as ImageLoader.present gives, for images that were found whole with these targets before. */
export async function presentByTarget(
  look: NodeLook,
  before: ImageTargets,
  request: LoadRequest,
  signal: AbortSignal,
): Promise<{ reference: string; node: string }[]> {
  const now = await observeTargets(look, request, signal);
  return request.nodes.flatMap((node) =>
    request.references
      .filter((reference) => {
        const digest = now[node]?.[reference];
        return digest !== undefined && digest === before[node]?.[reference];
      })
      .map((reference) => ({ reference, node })),
  );
}
