// Pure: what of the engine's images and volumes is ours, and what is in use.

import { CLUSTER_LABEL, isOwnReference, isOwnStage, OWNER_LABEL } from '../images/image-ownership.ts';
import type { LedgerEntry } from './ledger-entry.ts';

/** Answers of the engine's API, as far as they are looked at. */
export interface EngineUsage {
  /** GET /system/df */
  readonly disk: {
    readonly Images?: readonly UsedImage[] | null;
    readonly Volumes?: readonly UsedVolume[] | null;
  };
  /** GET /containers/json?all=1 */
  readonly containers: readonly UsingContainer[];
}

interface UsedImage {
  readonly Id: string;
  readonly ParentId: string;
  readonly RepoTags: readonly string[] | null;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly Size: number;
  readonly SharedSize: number;
  /** Seconds since 1970. */
  readonly Created: number;
}

interface UsedVolume {
  readonly Name: string;
  readonly CreatedAt?: string;
  readonly UsageData?: { readonly Size: number } | null;
}

interface UsingContainer {
  readonly Names: readonly string[];
  readonly ImageID: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Mounts?: readonly { readonly Type: string; readonly Name?: string }[];
}

const KIND_LABEL = 'io.x-k8s.kind.cluster';

/** Names of all kind clusters of the engine. */
export function clustersOf({ containers }: EngineUsage): Set<string> {
  return new Set(containers.flatMap(({ Labels }) => Labels[KIND_LABEL] ?? []));
}

/** @param wanted - References that environments want, as far as that is known. */
export function engineEntries(usage: EngineUsage, wanted: ReadonlySet<string>): LedgerEntry[] {
  const images = usage.disk.Images ?? [];
  const ours = images.filter(({ Labels }) => Labels?.[OWNER_LABEL] === 'slipway');
  const entries = ours.flatMap((image): LedgerEntry[] => {
    const tags = (image.RepoTags ?? []).filter((tag) => !tag.includes('<none>'));
    const user = usage.containers.find(({ ImageID }) => ImageID === image.Id);
    const common = {
      sizeBytes: Math.max(0, image.Size - Math.max(0, image.SharedSize)),
      usedAtMs: image.Created * 1000,
      cluster: image.Labels?.[CLUSTER_LABEL],
    };
    const heldBy = user === undefined ? undefined : `container ${nameOf(user)}`;
    const own = tags.filter((tag) => isOwnReference(tag, image.Labels ?? {}));
    // Built FROM one of ours, or named by somebody else: theirs.
    if (tags.length > 0 && own.length === 0) return [];
    // A name that somebody else gave the image too is theirs: without ours, nothing is freed.
    if (own.length < tags.length) {
      return own.map((tag) => ({
        kind: 'image',
        id: tag,
        ...common,
        heldBy: 'it has a name that is not ours',
      }));
    }
    if (tags.length === 0) {
      if (!isOwnStage({ id: image.Id, references: [image.Id], labels: image.Labels ?? {}, sizeBytes: 0 }))
        return [];
      const child = images.find(({ ParentId }) => ParentId === image.Id);
      const isBase = child === undefined ? undefined : 'an image stands on it';
      return [{ kind: 'stage', id: image.Id, ...common, heldBy: heldBy ?? isBase }];
    }
    return tags.map((tag) => ({
      ...{ kind: 'image', id: tag, ...common, group: tag.slice(0, tag.lastIndexOf(':')) },
      heldBy: heldBy ?? (wanted.has(tag) ? 'an environment wants it' : undefined),
    }));
  });
  return [...entries, ...volumeEntries(usage)];
}

/** Those of the nodes of clusters that run on images of ours. They go with their cluster. */
function volumeEntries({ disk, containers }: EngineUsage): LedgerEntry[] {
  const nodes = containers.filter(({ Labels }) => KIND_LABEL in Labels && Labels[OWNER_LABEL] === 'slipway');
  return nodes.flatMap((node) =>
    (node.Mounts ?? []).flatMap(({ Type, Name }): LedgerEntry[] => {
      const volume =
        Type === 'volume' ? disk.Volumes?.find((candidate) => candidate.Name === Name) : undefined;
      if (volume === undefined) return [];
      const heldBy = `container ${nameOf(node)}`;
      const usedAtMs = Date.parse(volume.CreatedAt ?? '') || 0;
      const sizeBytes = Math.max(0, volume.UsageData?.Size ?? 0);
      return [
        { kind: 'volume', id: volume.Name, sizeBytes, usedAtMs, cluster: node.Labels[KIND_LABEL], heldBy },
      ];
    }),
  );
}

function nameOf({ Names }: UsingContainer): string {
  return Names[0]?.replace(/^\//, '') ?? 'without a name';
}
