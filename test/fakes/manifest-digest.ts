// Names for the manifests of images in memory.

/** The manifest that an image of this id gets: its digits turned over. */
export function manifestDigest(id: string): string {
  const digits = id
    .slice(-64)
    .replace(/[0-9a-f]/g, (digit) => (15 - Number.parseInt(digit, 16)).toString(16));
  return `sha256:${digits}`;
}
