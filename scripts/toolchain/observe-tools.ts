// Which kind, helm, kubectl and Go are on PATH, and of which version.

import { Failure } from '../failure.ts';
import type { CommandRunner } from '../process/command-runner.ts';
import {
  formatToolVersion,
  isAtLeast,
  isWithinSkew,
  parseToolVersion,
  type ToolVersion,
} from './tool-version.ts';

export type ToolName = 'kind' | 'helm' | 'kubectl' | 'go';

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
export const oldestVersions: Readonly<Record<'kind' | 'helm' | 'go', ToolVersion>> = {
  kind: { major: 0, minor: 30, patch: 0 },
  helm: { major: 3, minor: 14, patch: 0 },
  // The first that fetches the toolchain that a go.mod asks for.
  go: { major: 1, minor: 21, patch: 0 },
};

const versionArgs: Readonly<Record<ToolName, readonly string[]>> = {
  kind: ['version'],
  helm: ['version', '--template', '{{.Version}}'],
  kubectl: ['version', '--client'],
  go: ['version'],
};
const timeoutMs = 20_000;

/** Looks at all four at once. `kubernetes` is the version of the API server that kubectl will talk to. */
export async function observeTools(
  commands: CommandRunner,
  kubernetes: ToolVersion,
  signal: AbortSignal,
): Promise<Readonly<Record<ToolName, ToolObservation>>> {
  const names: readonly ToolName[] = ['kind', 'helm', 'kubectl', 'go'];
  const entries = names.map(
    async (name) => [name, await observeTool(commands, name, kubernetes, signal)] as const,
  );
  return Object.fromEntries(await Promise.all(entries)) as Record<ToolName, ToolObservation>;
}

export async function observeTool(
  commands: CommandRunner,
  name: ToolName,
  kubernetes: ToolVersion,
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
  return { tool, unfit: whyUnfit(tool, version, kubernetes) };
}

function whyUnfit(tool: Tool, version: ToolVersion, kubernetes: ToolVersion): string | undefined {
  if (tool.name === 'kubectl') {
    if (isWithinSkew(version, kubernetes)) return undefined;
    const skew = `more than one minor version away from Kubernetes ${kubernetes.major}.${kubernetes.minor}`;
    return `${tool.path} is ${tool.version}, ${skew}`;
  }
  const oldest = oldestVersions[tool.name];
  if (isAtLeast(version, oldest)) return undefined;
  return `${tool.path} is ${tool.version}, older than ${formatToolVersion(oldest)}`;
}
