// Pure: which images are larger than they may be, and which layers make them so.

/** A layer as the budget sees it; src/images/image-store.ts gives these. */
export interface BudgetLayer {
  /** Digest of the uncompressed layer: equal digests are one layer, kept once. */
  readonly diffId: string;
  readonly sizeBytes: number;
  readonly createdBy: string;
}

export interface BudgetImage {
  /** Name in the config; also the key of `overrides`. */
  readonly name: string;
  readonly reference: string;
  readonly layers: readonly BudgetLayer[];
}

export interface BudgetLimits {
  /** An image must be smaller than this (MB = 10^6 bytes). */
  readonly perImageBytes: number;
  /** All images together must be smaller than this, a shared layer counted once. */
  readonly totalBytes: number;
  /** Limits of single images, by name, instead of perImageBytes. */
  readonly overrides?: Readonly<Record<string, number>>;
}

export interface BudgetVerdict {
  readonly image: BudgetImage;
  readonly sizeBytes: number;
  readonly limitBytes: number;
  readonly within: boolean;
}

export type BudgetBreach =
  | {
      readonly kind: 'image';
      readonly image: BudgetImage;
      readonly sizeBytes: number;
      readonly limitBytes: number;
    }
  | {
      readonly kind: 'total';
      readonly images: readonly BudgetImage[];
      readonly sizeBytes: number;
      readonly limitBytes: number;
    };

export interface BudgetReport {
  readonly verdicts: readonly BudgetVerdict[];
  /** Bytes of all different layers together. */
  readonly uniqueBytes: number;
  readonly breaches: readonly BudgetBreach[];
}

/** The limits of the bundled environments: 250 MB an image, 500 MB of different bytes in all. */
export const DEFAULT_BUDGET: BudgetLimits = { perImageBytes: 250e6, totalBytes: 500e6 };

/** Checks every image and the sum. A size that equals its limit is a breach: the limits are "smaller than". */
export function checkBudget(
  images: readonly BudgetImage[],
  limits: BudgetLimits = DEFAULT_BUDGET,
): BudgetReport {
  const verdicts = images.map((image): BudgetVerdict => {
    const sizeBytes = sumBytes(image.layers);
    const limitBytes = Object.hasOwn(limits.overrides ?? {}, image.name)
      ? (limits.overrides?.[image.name] as number)
      : limits.perImageBytes;
    return { image, sizeBytes, limitBytes, within: sizeBytes < limitBytes };
  });
  const uniqueBytes = sumBytes(uniqueLayers(images));
  const breaches = verdicts
    .filter((verdict) => !verdict.within)
    .map(({ image, sizeBytes, limitBytes }): BudgetBreach => ({
      kind: 'image',
      image,
      sizeBytes,
      limitBytes,
    }));
  if (images.length > 0 && uniqueBytes >= limits.totalBytes)
    breaches.push({ kind: 'total', images, sizeBytes: uniqueBytes, limitBytes: limits.totalBytes });
  return { verdicts, uniqueBytes, breaches };
}

/** The breach as lines: a sentence, then the layers by size with the instruction that made each. */
export function formatBudgetBreach(breach: BudgetBreach, shownLayers = 8): string[] {
  if (breach.kind === 'image') {
    const { image } = breach;
    return [
      `${image.name}: ${formatMegabytes(breach.sizeBytes)}, must be under ${formatMegabytes(breach.limitBytes)}`,
      ...layerLines(
        image.layers.map((layer) => ({ ...layer, share: '' })),
        shownLayers,
      ),
    ];
  }
  const owners = new Map<string, string[]>();
  for (const image of breach.images)
    for (const layer of image.layers) {
      const names = owners.get(layer.diffId) ?? [];
      if (!names.includes(image.name)) names.push(image.name);
      owners.set(layer.diffId, names);
    }
  return [
    `all images together: ${formatMegabytes(breach.sizeBytes)} (shared layers counted once), must be under ${formatMegabytes(breach.limitBytes)}`,
    ...layerLines(
      uniqueLayers(breach.images).map((layer) => ({
        ...layer,
        share: `[${(owners.get(layer.diffId) ?? []).join(', ')}] `,
      })),
      shownLayers,
    ),
  ];
}

/** '12.3 MB'; MB = 10^6 bytes, as `docker images` shows them. Small sizes in kB, so that nothing shows as 0. */
export function formatMegabytes(bytes: number): string {
  return Math.abs(bytes) < 1e5 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** '+5.8 MB' or '-1.2 MB'. */
export function formatGrowth(bytes: number): string {
  return `${bytes >= 0 ? '+' : ''}${formatMegabytes(bytes)}`;
}

function layerLines(layers: readonly (BudgetLayer & { share: string })[], shown: number): string[] {
  const bySize = layers.toSorted((a, b) => b.sizeBytes - a.sizeBytes);
  const lines = bySize
    .slice(0, shown)
    .map((layer) => `  ${formatMegabytes(layer.sizeBytes).padStart(9)}  ${layer.share}${layer.createdBy}`);
  const rest = bySize.slice(shown);
  if (rest.length > 0)
    lines.push(
      `  ${formatMegabytes(sumBytes(rest)).padStart(9)}  in ${rest.length} more layer${rest.length === 1 ? '' : 's'}`,
    );
  return lines;
}

function uniqueLayers(images: readonly BudgetImage[]): BudgetLayer[] {
  const byDiffId = new Map<string, BudgetLayer>();
  for (const image of images)
    for (const layer of image.layers) if (!byDiffId.has(layer.diffId)) byDiffId.set(layer.diffId, layer);
  return [...byDiffId.values()];
}

function sumBytes(layers: readonly BudgetLayer[]): number {
  return layers.reduce((sum, layer) => sum + layer.sizeBytes, 0);
}
