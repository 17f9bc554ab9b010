// Whether kind, helm or Go is on PATH, and of which version.

import { Failure } from '../failure.ts';
import type { CommandRunner } from '../process/command-runner.ts';
import { formatToolVersion, isAtLeast, parseToolVersion, type ToolVersion } from './tool-version.ts';

export type ToolName = 'kind' | 'helm' | 'go';

export interface Tool {
  readonly name: ToolName;
  /** Absolute path of the program. */
  readonly path: string;
  /** '0.33.0' */
  readonly version: string;
  /** 'path': found on PATH. 'package': unpacked or compiled from a package, into the cache. */
  readonly source: 'path' | 'package';
}

/** What was found on PATH under the name of a tool. */
export interface ToolObservation {
  /** Undefined when it is absent, or does not tell a version. */
  readonly tool: Tool | undefined;
  /** Why it cannot be used; undefined when it can. */
  readonly unfit: string | undefined;
}

/** Oldest versions that are known to work: kind 0.30 and helm 3.14 are the first with what Slipway asks of them. */
export const oldestVersions: Readonly<Record<ToolName, ToolVersion>> = {
  kind: { major: 0, minor: 30, patch: 0 },
  helm: { major: 3, minor: 14, patch: 0 },
  // The first that fetches the toolchain that a go.mod asks for.
  go: { major: 1, minor: 21, patch: 0 },
};

const versionArgs: Readonly<Record<ToolName, readonly string[]>> = {
  kind: ['version'],
  helm: ['version', '--template', '{{.Version}}'],
  go: ['version'],
};
const timeoutMs = 20_000;

/** Runs the program of that name on PATH, if there is one, to ask for its version. */
export async function observeTool(
  commands: CommandRunner,
  name: ToolName,
  signal: AbortSignal,
): Promise<ToolObservation> {
  const path = await commands.find(name);
  if (path === undefined) return { tool: undefined, unfit: `${name} is not on PATH` };
  let output: string;
  try {
    output = (await commands.run({ program: path, args: versionArgs[name], timeoutMs, signal, cwd: '/' }))
      .stdout;
  } catch (error) {
    if (!(error instanceof Failure) || error.code === 'interrupted') throw error;
    return { tool: undefined, unfit: error.message };
  }
  const version = parseToolVersion(output);
  if (version === undefined) return { tool: undefined, unfit: `${path} does not tell its version` };
  const tool: Tool = { name, path, version: formatToolVersion(version), source: 'path' };
  return { tool, unfit: whyUnfit(tool, version) };
}

function whyUnfit(tool: Tool, version: ToolVersion): string | undefined {
  const oldest = oldestVersions[tool.name];
  if (isAtLeast(version, oldest)) return undefined;
  return `${tool.path} is ${tool.version}, older than ${formatToolVersion(oldest)}`;
}
