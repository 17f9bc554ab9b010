// Whether what a chart renders is what the cluster was given already.

import { parseManifest } from '../kubernetes/parse-manifest.ts';

/** Objects count, not comments, blank lines or their order. Where the stored one is not known: no. */
export function isSameManifest(rendered: string, stored: string | undefined, namespace: string): boolean {
  if (stored === undefined) return false;
  const [left, right] = [rendered, stored].map((text) =>
    parseManifest(text, namespace, { isExact: true })
      .map((object) => JSON.stringify(object, sortedKeys))
      .sort()
      .join('\n'),
  );
  return left === right;
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
