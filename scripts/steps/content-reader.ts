// Reads the files that images and releases are made of. `watch` puts one in its place that remembers.

import { fingerprintImage, type ImageContent } from '../image/image-fingerprint.ts';
import { folderContent } from '../toolchain/content-fingerprint.ts';

export interface ContentReader {
  /** 64 hex digits over everything that determines the image; see fingerprintImage. */
  image(name: string, content: ImageContent, signal: AbortSignal): Promise<string>;
  /** What stands for a chart folder (absolute) in a fingerprint; see folderContent. */
  chart(folder: string): Promise<readonly string[]>;
}

/** Reads everything at every call. */
export const diskContent: ContentReader = {
  image: (_name, content, signal) => fingerprintImage(content, signal),
  chart: (folder) => folderContent(folder),
};
