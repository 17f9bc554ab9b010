// Pure: what Secrets of ours hold, as text, and the second Secret in which generated values are kept.

import type { ClusterObject, ListQuery } from '../kubernetes/client/cluster-api.ts';
import { OWNER, OWNER_LABEL } from '../kubernetes/ownership.ts';

/** All Secrets of ours; helm's own, in which it keeps releases, have our label, too. */
export const ourSecrets: ListQuery = {
  apiVersion: 'v1',
  kind: 'Secret',
  labelSelector: `${OWNER_LABEL}=${OWNER},owner!=helm`,
};

/**
 * Beside a Secret of the config: every value that was generated for it. A key that goes from the config goes from the
 * Secret, and whoever declares it again finds the same password; so does a Secret that was edited or deleted by hand.
 * No name in a config has a dot, so it meets none.
 */
export function keptName(secret: string): string {
  return `${secret}.slipway-kept`;
}

/** Whether a Secret is one of those. */
export function isKept(name: string): boolean {
  return name.endsWith(keptName(''));
}

/** By key, without a prototype: keys have any name. Empty for no Secret. */
export function textsIn(secret: ClusterObject | undefined): Record<string, string> {
  const texts = Object.create(null) as Record<string, string>;
  const data = secret?.['data'];
  if (typeof data !== 'object' || data === null) return texts;
  for (const [key, value] of Object.entries(data as Record<string, unknown>))
    texts[key] = Buffer.from(String(value), 'base64').toString('utf8');
  return texts;
}

/** As the API takes it. */
export function encodeTexts(texts: Readonly<Record<string, string>>): Record<string, string> {
  const data = Object.create(null) as Record<string, string>;
  for (const [key, text] of Object.entries(texts)) data[key] = Buffer.from(text, 'utf8').toString('base64');
  return data;
}
