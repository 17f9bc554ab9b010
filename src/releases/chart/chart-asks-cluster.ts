// Whether what a chart renders depends on the cluster that it is rendered for.

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

const ASKS = /\blookup\b|\bCapabilities\b|\bIsInstall\b|\bIsUpgrade\b/;
/** Of one file of text; templates are smaller. */
const LARGEST_BYTES = 2_000_000;

/**
 * By the words in its files and values: a comment that holds one counts, too, and costs a request or two. Packed
 * subcharts are not looked into. A chart that asks for nothing is rendered without the cluster.
 */
export async function chartAsksCluster(chart: string, values: unknown): Promise<boolean> {
  return ASKS.test(JSON.stringify(values)) || (await asks(chart, ''));
}

async function asks(chart: string, folder: string, depth = 0): Promise<boolean> {
  const names = await readdir(join(chart, folder)).catch(() => []);
  for (const name of names) {
    const path = join(folder, name);
    const entry = await stat(join(chart, path)).catch(() => undefined);
    if (entry?.isDirectory()) {
      // helm renders no definitions; links may lead round in a circle.
      if (name !== 'crds' && depth < 20 && (await asks(chart, path, depth + 1))) return true;
      continue;
    }
    if (name.endsWith('.tgz')) return true;
    if (entry === undefined || entry.size > LARGEST_BYTES) continue;
    const text = await readFile(join(chart, path), 'utf8').catch(() => '');
    if (name === 'Chart.yaml' ? /^['"]?kubeVersion/m.test(text) : ASKS.test(text)) return true;
  }
  return false;
}
