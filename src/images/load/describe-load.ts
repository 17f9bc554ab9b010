// Pure: what a load did, in one line.

import { formatBytes } from '../../view/format-bytes.ts';
import type { LoadReport } from './image-loader.ts';

/** '5.8 MB of 214 MB sent (3 of 9 layers)', 'already on 2 nodes'. For reports of one image. */
export function describeLoad(reports: readonly LoadReport[]): string {
  const loaded = reports.filter(({ outcome }) => outcome === 'loaded');
  if (loaded.length === 0) return `already on ${nodes(reports)}`;
  const sentBytes = loaded.reduce((sum, report) => sum + report.sentBytes, 0);
  const imageBytes = loaded.reduce((sum, report) => sum + report.imageBytes, 0);
  const parts = loaded.flatMap(({ layers }) => (layers ? [layers] : []));
  const to = reports.length === 1 ? '' : ` to ${nodes(loaded)}`;
  if (parts.length < loaded.length) return `${formatBytes(sentBytes)} sent${to}, the whole image`;
  const sent = parts.reduce((sum, layers) => sum + layers.sent, 0);
  const total = parts.reduce((sum, layers) => sum + layers.total, 0);
  const ofLayers = `${sent} of ${total} ${total === 1 ? 'layer' : 'layers'}`;
  return `${formatBytes(sentBytes)} of ${formatBytes(imageBytes)} sent${to} (${ofLayers})`;
}

function nodes({ length }: readonly LoadReport[]): string {
  return length === 1 ? '1 node' : `${length} nodes`;
}
