// Pure: the tag under which an image of given content is kept.

const SHORT_DIGITS = 12;

/**
 * `sha-<12 hex digits>`: the tag of an image whose content has this fingerprint.
 * 48 bits: two of a thousand images get the same tag with a chance of 1 in 500 million.
 * The hash is made by src/images/image-fingerprint.ts; `latest` is never used.
 */
export function imageTag(fingerprint: string): string {
  const hex = fingerprint.replace(/^sha256:/, '');
  if (!/^[0-9a-f]{12,}$/.test(hex))
    throw new TypeError(`not a hex digest of 12 digits or more: '${fingerprint}'`);
  return `sha-${hex.slice(0, SHORT_DIGITS)}`;
}
