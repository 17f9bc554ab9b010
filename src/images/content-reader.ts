// Reads the files that images and releases are made of. `watch` puts one in its place that remembers.

import { chartContent } from '../releases/chart/chart-files.ts';
import { fingerprintImage, type ImageContent } from './image-fingerprint.ts';

export interface ContentReader {
  /** 64 hex digits over everything that determines the image; see fingerprintImage. */
  image(name: string, content: ImageContent, signal: AbortSignal): Promise<string>;
  /** What stands for a chart folder (absolute) in a fingerprint; see chartContent. */
  chart(folder: string): Promise<readonly string[]>;
}

/** Reads everything at every call. */
export const diskContent: ContentReader = {
  image: (_name, content, signal) => fingerprintImage(content, signal),
  chart: (folder) => chartContent(folder),
};
