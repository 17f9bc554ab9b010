// Makes sure that a container engine answers: the one that runs, else one from the distribution's packages.
//
//   answers ─────────────────────────────────────────► used as it is, never touched
//   denied, hangs, is too old, or DOCKER_HOST/context names another place ► Failure with what to do
//   dockerd absent ─► root on Debian/Ubuntu and allowed? ─► installed ─┐
//   dockerd there, not running ◄────────────────────────────────────────┘
//      └─► started by init where init runs it, else detached by us, with the bounded runtime where root is short

import { readFile } from 'node:fs/promises';
import type { CommandRunner } from '../process/command-runner.ts';
import type { Task } from '../task.ts';
import type { Artifact } from '../packages/artifact.ts';
import { boundedRuntimeArgs, installBoundedRuntime } from './bounded-runtime.ts';
import { missingCapabilities } from './capability-set.ts';
import { type Host, installDebianPackages, isDebianFamily } from '../packages/debian-packages.ts';
import { defaultSocketPath, type EngineEndpoint } from './engine-endpoint.ts';
import { pingEngine, waitForEngine } from './engine-ping.ts';
import { engineTroubleFailure, enginePackages } from './engine-trouble.ts';
import type { InstallConsent } from '../packages/install-consent.ts';
import { startEngine } from './started-engine.ts';

const startDeadlineMs = 60_000;

/** What of the machine decides how an engine is started. */
export interface EngineHost extends Host {
  /** Node's name of the operating system: 'linux', 'darwin'. */
  readonly system: string;
  /** Name of process 1: 'systemd', 'init', or whatever a container runs. */
  readonly initProgram: string;
  /** Capabilities that the kernel knows and root cannot have. */
  readonly missingCapabilities: readonly string[];
}

export interface EngineMeans {
  readonly commands: CommandRunner;
  readonly consent: InstallConsent;
  readonly host: EngineHost;
  readonly endpoint: EngineEndpoint;
  /** Absolute path of the folder for log, record and runtime of an engine that Slipway starts. */
  readonly engineFolder: string;
  /** The bounded runtime; asked for only where it is needed, because it wants Go. */
  readonly boundedRuntime: () => Promise<Artifact>;
  /** Further arguments for dockerd. */
  readonly dockerdArgs?: readonly string[];
}

export interface ContainerEngine {
  readonly version: string;
  /** 'running': it was there before us. 'started': by this call. 'installed': installed and started by this call. */
  readonly origin: 'running' | 'started' | 'installed';
  readonly endpoint: EngineEndpoint;
}

/** Resolves when an engine answers at the endpoint; rejects with Failure 'prerequisite' or 'engine'. */
export async function ensureContainerEngine(deps: EngineMeans, task: Task): Promise<ContainerEngine> {
  const { commands, host, endpoint } = deps;
  const answer = await pingEngine(endpoint, task.signal);
  if (answer.status === 'running') return { version: answer.version, origin: 'running', endpoint };
  const isInstalled = (await commands.find('dockerd')) !== undefined;
  const mayStart = answer.status === 'absent' || answer.status === 'refused';
  const canStart = host.system === 'linux' && host.isRoot && (isInstalled || isDebianFamily(host.osRelease));
  if (!mayStart || endpoint.source !== 'default' || !canStart)
    throw engineTroubleFailure(answer, { host, isInstalled, endpoint });
  const isShort = host.missingCapabilities.length > 0;
  if (!isInstalled) {
    await installDebianPackages(deps, { packages: enginePackages, what: 'a container engine' }, task);
    // The package may have started it. Where root is short that one is of no use: it could not start a kind node.
    const early = await pingEngine(endpoint, task.signal);
    if (early.status === 'running') {
      if (!isShort) return { version: early.version, origin: 'installed', endpoint };
      await callInit(deps, 'stop', task);
    }
  }
  const origin = isInstalled ? 'started' : 'installed';
  if (!isShort && endpoint.socketPath === defaultSocketPath && (await callInit(deps, 'start', task))) {
    const version = await waitForEngine(endpoint, async () => undefined, startDeadlineMs, task.signal);
    return { version, origin, endpoint };
  }
  const args = [...(deps.dockerdArgs ?? [])];
  if (isShort) {
    const runtime = await deps.boundedRuntime();
    args.push(...boundedRuntimeArgs(await installBoundedRuntime(runtime, deps.engineFolder, task)));
  }
  const version = await startEngine({ commands, endpoint, args, engineFolder: deps.engineFolder }, task);
  return { version, origin, endpoint };
}

/** Reads what of the machine matters here. `system` and `isRoot` come from the process. */
export async function observeEngineHost(system: string, isRoot: boolean): Promise<EngineHost> {
  const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
  const [osRelease, initProgram, status, lastCapability] = await Promise.all([
    read('/etc/os-release'),
    read('/proc/1/comm'),
    read('/proc/self/status'),
    read('/proc/sys/kernel/cap_last_cap'),
  ]);
  return {
    system,
    isRoot,
    osRelease,
    initProgram: initProgram.trim(),
    missingCapabilities: missingCapabilities(status, lastCapability),
  };
}

/** False where no init system runs that could do it. */
async function callInit(
  { commands, host }: EngineMeans,
  verb: 'start' | 'stop',
  task: Task,
): Promise<boolean> {
  const calls: Readonly<Record<string, readonly [string, ...string[]]>> = {
    // The socket unit would start the service again at the next request.
    systemd: ['systemctl', verb, 'docker.service', ...(verb === 'stop' ? ['docker.socket'] : [])],
    init: ['service', 'docker', verb],
  };
  const call = calls[host.initProgram];
  if (call === undefined && verb === 'start') return false;
  const [program, ...args] = call ?? ['service', 'docker', verb];
  task.report({ text: [program, ...args].join(' ') });
  await commands.run({ program, args, timeoutMs: 180_000, signal: task.signal });
  return true;
}
