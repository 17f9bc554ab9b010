// Pure: the parts of an image reference, and whether its tag says for good what is in it.

export interface ImageReference {
  readonly name: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** 'host:5000/a/b:tag@sha256:…' taken apart. */
export function parseImageReference(reference: string): ImageReference {
  const at = reference.indexOf('@');
  const tagged = at < 0 ? reference : reference.slice(0, at);
  // A colon before a slash is that of a port.
  const colon = tagged.lastIndexOf(':');
  const hasTag = colon > tagged.lastIndexOf('/');
  return {
    name: hasTag ? tagged.slice(0, colon) : tagged,
    tag: hasTag ? tagged.slice(colon + 1) : undefined,
    digest: at < 0 ? undefined : reference.slice(at + 1),
  };
}

const SEMVER =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;

/** By https://semver.org: MAJOR.MINOR.PATCH, with pre-release and build as they may be. */
export function isSemver(version: string): boolean {
  return SEMVER.test(version);
}

/** A release ('1.2.3', 'v1.2.3', '8.0.2-alpine') or a commit or content ('sha-0123456', 'a1b2c3d'). */
export function isPinnedTag(tag: string): boolean {
  return isSemver(tag.replace(/^v/, '')) || /^(sha-[0-9a-f]{7,64}|[0-9a-f]{7,40})$/.test(tag);
}
