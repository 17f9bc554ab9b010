// Every prerequisite of Slipway with its verdict and what to do about it: `slipway doctor`.

import { readFile, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { Failure } from '../failure.ts';
import type { CommandRunner } from '../process/command-runner.ts';
import type { EngineHost } from '../engine/container-engine.ts';
import { installCommand, isDebianFamily } from '../packages/debian-packages.ts';
import type { EngineEndpoint } from '../engine/engine-endpoint.ts';
import { observeEngineInfo } from '../engine/engine-info.ts';
import { pingEngine } from '../engine/engine-ping.ts';
import { describeTrouble, troubleRemedy } from '../engine/engine-trouble.ts';
import { mmdebstrapPackages } from '../packages/ensure-mmdebstrap.ts';
import { observeTool, type ToolObservation } from '../tools/observe-tools.ts';
import type { ImageSource } from '../packages/probe-registry.ts';
import { observeStartedEngine } from '../engine/started-engine.ts';

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
  /** A Failure where the setting that names it cannot be used. */
  readonly endpoint: EngineEndpoint | Failure;
  readonly engineFolder: string;
  readonly cacheFolder: string;
  /** Where images would come from; undefined where no engine can be asked. */
  readonly source: ImageSource | undefined;
  readonly ports: readonly { readonly name: string; readonly address: string; readonly port: number }[];
  /** Bytes of memory of the machine, as node:os tells. */
  readonly memoryBytes: number;
  /** Where Linux tells its limits of file watchers; /proc/sys/fs/inotify if absent. */
  readonly inotifyFolder?: string;
}

/** All checks at once; none of them changes anything. */
export async function observePrerequisites(deps: DoctorMeans, signal: AbortSignal): Promise<DoctorCheck[]> {
  const groups = await Promise.all([
    engineChecks(deps, signal),
    capabilityCheck(deps),
    toolChecks(deps, signal),
    dockerCliCheck(deps),
    mmdebstrapCheck(deps),
    diskCheck(deps),
    memoryCheck(deps),
    inotifyChecks(deps),
    Promise.all(deps.ports.map(portCheck)),
  ]);
  return groups.flat();
}

async function engineChecks(
  { endpoint, host, commands, engineFolder }: DoctorMeans,
  signal: AbortSignal,
): Promise<DoctorCheck[]> {
  const name = 'container engine';
  if (endpoint instanceof Failure) return [check(name, 'missing', endpoint.message, endpoint.hint)];
  const answer = await pingEngine(endpoint, signal);
  if (answer.status !== 'running') {
    const isInstalled = (await commands.find('dockerd')) !== undefined;
    const remedy = troubleRemedy(answer, { host, isInstalled, endpoint });
    const isUpsTask =
      (answer.status === 'absent' || answer.status === 'refused') &&
      host.system === 'linux' &&
      host.isRoot &&
      endpoint.source === 'default' &&
      (isInstalled || isDebianFamily(host.osRelease));
    const found = describeTrouble(answer, endpoint);
    return [check(name, 'missing', found, isUpsTask ? `\`slipway up\` sees to it, or: ${remedy}` : remedy)];
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
        'Root is short of capabilities, so kind nodes cannot start with runc. Stop this engine and let `slipway up` start one.',
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

/** What `up` makes itself is a warning where it can make it, and missing where it cannot. */
async function toolChecks({ commands, source }: DoctorMeans, signal: AbortSignal): Promise<DoctorCheck[]> {
  const [kind, helm, go] = await Promise.all(
    (['kind', 'helm', 'go'] as const).map((name) => observeTool(commands, name, signal)),
  );
  const hasGo = go?.unfit === undefined;
  const install = 'Install Go 1.21 or newer: https://go.dev/doc/install';
  const kindRemedy = hasGo
    ? '`slipway up` compiles it.'
    : 'Install kind 0.30 or newer: https://kind.sigs.k8s.io/docs/user/quick-start, or Go to compile it.';
  const checks = [
    toolCheck('kind', kind, hasGo ? 'warn' : 'missing', kindRemedy),
    toolCheck('helm', helm, 'warn', '`slipway up` gets it from packages.'),
  ];
  if (source === 'registry' && kind?.unfit === undefined) return checks;
  const verdict = source === 'packages' ? 'missing' : 'warn';
  const what =
    source === 'packages' ? 'images are made from packages here' : 'for what is made from packages';
  return [...checks, toolCheck('go', go, verdict, `${install} (${what}).`)];
}

function toolCheck(
  name: string,
  observed: ToolObservation | undefined,
  verdict: 'warn' | 'missing',
  remedy: string,
): DoctorCheck {
  if (observed?.unfit === undefined)
    return check(name, 'ok', `${observed?.tool?.version} at ${observed?.tool?.path}`);
  return check(name, verdict, observed.unfit, remedy);
}

/** kind runs it, and so does Slipway for nodes. An engine that `up` installs brings it. */
async function dockerCliCheck({ commands, host }: DoctorMeans): Promise<DoctorCheck[]> {
  const path = await commands.find('docker');
  if (path !== undefined) return [check('docker CLI', 'ok', path)];
  const isUpsTask = host.system === 'linux' && host.isRoot && isDebianFamily(host.osRelease);
  const remedy = "kind works through it: install it from Docker's or your distribution's packages.";
  return isUpsTask
    ? [check('docker CLI', 'warn', 'not on PATH', 'It comes with the engine that `slipway up` installs.')]
    : [check('docker CLI', 'missing', 'not on PATH', remedy)];
}

async function mmdebstrapCheck({ commands, host, source }: DoctorMeans): Promise<DoctorCheck[]> {
  if (source !== 'packages') return [];
  const path = await commands.find('mmdebstrap');
  if (path !== undefined) return [check('mmdebstrap', 'ok', path)];
  const command = installCommand(mmdebstrapPackages, host.isRoot);
  const canInstall = host.isRoot && isDebianFamily(host.osRelease);
  const remedy = canInstall ? `\`slipway up\` sees to it, or: ${command}` : command;
  return [check('mmdebstrap', canInstall ? 'warn' : 'missing', 'not on PATH', remedy)];
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
    '`slipway up` takes the next free port and shows it, unless it is its own.',
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
