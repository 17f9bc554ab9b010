// Pure: versions of the programs that Slipway runs, and which of them are new enough.

export interface ToolVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** The first version in a text: 'kind v0.33.0 go1.26.8 linux/amd64', 'v1.32.4-dispatcher', 'go1.26'. */
export function parseToolVersion(text: string): ToolVersion | undefined {
  const match = /(?<![\d.])(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  if (match === null) return undefined;
  return { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3] ?? 0) };
}

/** '1.35.2' */
export function formatToolVersion({ major, minor, patch }: ToolVersion): string {
  return `${major}.${minor}.${patch}`;
}

export function isAtLeast(version: ToolVersion, least: ToolVersion): boolean {
  if (version.major !== least.major) return version.major > least.major;
  if (version.minor !== least.minor) return version.minor > least.minor;
  return version.patch >= least.patch;
}
