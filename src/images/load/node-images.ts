// What a node's containerd has, in the terms in which an image of the engine is compared with it.

import { chainIds, type NodeLayers } from './layer-chain.ts';

/** What a node knows of one image. */
export interface NodeImage {
  /**
   * All digests that this image goes by: of its target, of the manifests below an index, and of their configs.
   * The engine's id is one of them: the config's on the classic store, the target's on the containerd store.
   */
  readonly digests: ReadonlySet<string>;
  /** Whether its layers are unpacked, so that a container can start. Their archives may be gone by then. */
  readonly unpacked: boolean;
  /** Whether the part of containerd that kubelet asks (CRI) has taken notice of it. */
  readonly managed: boolean;
}

export interface NodeState {
  /** By the name that containerd gives the image; see containerdName(). */
  readonly images: ReadonlyMap<string, NodeImage>;
  readonly layers: NodeLayers;
  /** The snapshotter that pods on this node use. */
  readonly snapshotter: string;
}

/** The same as containerd tells it. */
export interface NodeFacts {
  /** By name: the digest that the image points at, and whether CRI has labelled it. */
  readonly targets: ReadonlyMap<string, { readonly digest: string; readonly managed: boolean }>;
  /** Texts of indexes, manifests and configs by digest, as far as they are there. */
  readonly documents: ReadonlyMap<string, string>;
  readonly layers: NodeLayers;
  readonly snapshotter: string;
}

/** 'nginx' → 'docker.io/library/nginx:latest': containerd keeps the full name. */
export function containerdName(reference: string): string {
  const [first = '', ...rest] = reference.split('/');
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const named = hasHost
    ? reference
    : rest.length > 0
      ? `docker.io/${reference}`
      : `docker.io/library/${reference}`;
  return /[:@]/.test(named.slice(named.lastIndexOf('/'))) ? named : `${named}:latest`;
}

/** The documents that an index or a manifest names, without layers. */
export function documentsBelow(text: string | undefined): string[] {
  const document = readDocument(text);
  const config = document?.config?.digest;
  return [
    ...(typeof config === 'string' ? [config] : []),
    ...(document?.manifests ?? []).map(({ digest }) => digest),
  ];
}

export function nodeStateOf({ targets, documents, layers, snapshotter }: NodeFacts): NodeState {
  const images = new Map<string, NodeImage>();
  for (const [name, { digest, managed }] of targets) {
    const { digests, configs } = digestsBelow(digest, documents);
    const unpacked = configs.some((config) => isUnpacked(documents.get(config), layers));
    images.set(name, { digests, unpacked, managed });
  }
  return { images, layers, snapshotter };
}

function digestsBelow(
  target: string,
  documents: ReadonlyMap<string, string>,
): { digests: Set<string>; configs: string[] } {
  const digests = new Set([target]);
  const configs: string[] = [];
  const take = (manifest: string): void => {
    const config = readDocument(documents.get(manifest))?.config?.digest;
    if (typeof config !== 'string') return;
    // An index names platforms that the node does not have: only what is there counts.
    digests.add(manifest).add(config);
    configs.push(config);
  };
  take(target);
  for (const { digest } of readDocument(documents.get(target))?.manifests ?? []) take(digest);
  return { digests, configs };
}

function isUnpacked(config: string | undefined, { chains }: NodeLayers): boolean {
  const diffIds = readDocument(config)?.rootfs?.diff_ids;
  if (!diffIds) return false;
  const top = chainIds(diffIds).at(-1);
  return top === undefined || chains.has(top);
}

interface Document {
  /** Of a manifest. (A config has one too, which is no descriptor.) */
  readonly config?: { readonly digest?: unknown };
  readonly manifests?: readonly { readonly digest: string }[];
  readonly rootfs?: { readonly diff_ids?: readonly string[] };
}

function readDocument(text: string | undefined): Document | undefined {
  try {
    return text ? (JSON.parse(text) as Document) : undefined;
  } catch {
    return undefined; // cut off on the way: then nothing below it counts as present
  }
}
