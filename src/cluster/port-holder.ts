// Who holds a port of this machine: a container, as the engine says, or a process, as /proc says (Linux).

import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { Failure } from '../failure.ts';
import type { CommandRunner } from '../process/command-runner.ts';
import { parsePublishedPorts } from './kind/kind-node-list.ts';
import { listeningInodes } from './proc-net-tcp.ts';

/** The name of who holds a port is worth no longer wait. */
const LOOK_MS = 10_000;

/** How to ask the container engine. */
export interface EngineCli {
  readonly commands: CommandRunner;
  /** Path of the engine's CLI. */
  readonly docker: string;
}

/**
 * What holds a TCP port of the host, in words: "container web (nginx:1.27)", "nginx (process 812)".
 * Undefined when nothing does, or when it cannot be told (another user's process, not on Linux).
 */
export async function findPortHolder(
  port: number,
  options: { readonly engine?: EngineCli | undefined; readonly signal: AbortSignal },
): Promise<string | undefined> {
  // Containers first: for a published port the process is the engine's own proxy, which helps nobody.
  const container = options.engine && (await findContainer(port, options.engine, options.signal));
  return container ?? (await findProcess(port));
}

async function findContainer(
  port: number,
  engine: EngineCli,
  signal: AbortSignal,
): Promise<string | undefined> {
  const args = ['ps', '--format', '{{.Names}}\t{{.Image}}\t{{.Ports}}'];
  const list = await engine.commands
    .run({ program: engine.docker, args, signal, timeoutMs: LOOK_MS })
    .catch((error: unknown) => {
      // Without an engine no container holds anything; a cancel has to get through.
      if (!(error instanceof Failure) || error.code === 'interrupted') throw error;
      return { stdout: '' };
    });
  for (const line of list.stdout.split('\n')) {
    const [name, image, ports = ''] = line.split('\t');
    const published = parsePublishedPorts(ports, { apiToo: true });
    if (published.some((mapping) => mapping.hostPort === port)) return `container ${name} (${image})`;
  }
  return undefined;
}

async function findProcess(port: number): Promise<string | undefined> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(readOrEmpty));
  const inodes = new Set(tables.flatMap((table) => listeningInodes(table, port)));
  if (inodes.size === 0) return undefined;
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    // Processes come and go, and those of others do not open their tables: they are passed over.
    for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode !== undefined && inodes.has(inode)) return `${await programName(pid)} (process ${pid})`;
    }
  }
  return undefined;
}

async function programName(pid: string): Promise<string> {
  const [program = ''] = (await readOrEmpty(`/proc/${pid}/cmdline`)).split('\0');
  return basename(program) || (await readOrEmpty(`/proc/${pid}/comm`)).trim() || 'a program';
}

function readOrEmpty(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
