// Pods whose containers are folders and processes of this machine: the scripts that run in real ones run in them, too.

import { spawn, type ChildProcess } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Failure } from '../../src/failure.ts';
import type { ClusterObject } from '../../src/kubernetes/client/cluster-api.ts';
import type { ContainerExec, ExecRequest, ExecSession } from '../../src/kubernetes/exec/container-exec.ts';
import type { PodFeed } from '../../src/kubernetes/client/pod-feed.ts';
import { SYNC_VOLUME } from '../../src/sync/sync-rules.ts';

export const supervisorFile = join(import.meta.dirname, '../../charts/service/files/supervise.sh');

export interface LocalPodOptions {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly container: string;
  readonly image: string;
  /** What the image has in the volume's place: becomes tree/. */
  readonly treeFolder: string;
  /** The program, run in the volume; without one nothing runs. */
  readonly command?: readonly string[];
}

interface LocalPod {
  readonly object: ClusterObject;
  readonly folder: string;
  readonly sessions: Set<ChildProcess>;
  program: ChildProcess | undefined;
  log: string;
  starts: number;
}

export class LocalPods implements ContainerExec, PodFeed, AsyncDisposable {
  readonly #pods = new Map<string, LocalPod>();
  readonly #followers = new Set<() => void>();
  /** 'namespace/pod', for each session that was opened. */
  readonly opened: string[] = [];

  /** Starts a pod as Kubernetes does: the volume is filled from the image, then the program runs under its supervisor. */
  async start(name: string, options: LocalPodOptions): Promise<void> {
    const { namespace, labels, container, image, treeFolder } = options;
    const folder = await mkdtemp(join(tmpdir(), 'slipway-pod-'));
    await cp(treeFolder, join(folder, 'tree'), { recursive: true });
    const object: ClusterObject = {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels: { ...labels } } },
      spec: { containers: [{ name: container, image }] },
    };
    const pod: LocalPod = { object, folder, sessions: new Set(), program: undefined, log: '', starts: 0 };
    this.#pods.set(name, pod);
    await this.#run(pod, options);
  }

  /** As after a crash: the container is another one, the volume stays. */
  async restart(name: string, options: LocalPodOptions): Promise<void> {
    const pod = this.#pods.get(name)!;
    await end(pod);
    await this.#run(pod, options);
  }

  /** The pod is gone, and its volume with it. */
  async remove(name: string): Promise<void> {
    const pod = this.#pods.get(name)!;
    this.#pods.delete(name);
    this.#tell();
    await end(pod);
    await rm(pod.folder, { recursive: true, force: true });
  }

  /** Ends what speaks with its container, as a broken connection does. */
  cut(name: string): void {
    for (const session of this.#pods.get(name)!.sessions) session.kill('SIGKILL');
  }

  read(name: string, path: string): Promise<string> {
    return readFile(join(this.folderOf(name), path), 'utf8');
  }

  folderOf(name: string): string {
    return this.#pods.get(name)!.folder;
  }

  logOf(name: string): string {
    return this.#pods.get(name)!.log;
  }

  /** Whether its container runs, and with which exit code it has ended. */
  endOf(name: string): number | null | undefined {
    return this.#pods.get(name)!.program?.exitCode;
  }

  async open(request: ExecRequest, signal: AbortSignal): Promise<ExecSession> {
    const { namespace, pod: name, container, command } = request;
    if (signal.aborted) throw new Failure('interrupted', 'stopped');
    const pod = this.#pods.get(name);
    if (pod?.object.metadata.namespace !== namespace)
      throw new Failure('cluster', `cannot run a program in pod ${namespace}/${name}: not found`);
    const { containers } = pod.object['spec'] as { containers: { name: string }[] };
    if (containers[0]!.name !== container)
      throw new Failure('cluster', `cannot run a program in pod ${namespace}/${name}: no ${container}`);
    this.opened.push(`${namespace}/${name}`);
    const [program = '', ...args] = command.map((part) => (part === SYNC_VOLUME ? pod.folder : part));
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    pod.sessions.add(child);
    child.stdin.on('error', () => undefined);
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => (complaint += chunk));
    const output = child.stdout.pipe(new PassThrough());
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code) => {
        pod.sessions.delete(child);
        resolve([`exit code ${code}`, complaint.trim()].filter((part) => part !== '').join(': '));
      });
    });
    return {
      ...{ output, ended },
      write: (bytes) => void child.stdin.write(bytes),
      close: () => void child.stdin.end(),
    };
  }

  async *follow(namespace: string, signal: AbortSignal): AsyncGenerator<readonly ClusterObject[]> {
    while (!signal.aborted) {
      const changed = Promise.withResolvers<void>();
      this.#followers.add(changed.resolve);
      signal.addEventListener('abort', () => changed.resolve(), { once: true });
      yield [...this.#pods.values()]
        .map(({ object }) => structuredClone(object))
        .filter(({ metadata }) => metadata.namespace === namespace);
      await changed.promise;
      this.#followers.delete(changed.resolve);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of [...this.#pods.keys()]) await this.remove(name);
  }

  async #run(pod: LocalPod, { container, command }: LocalPodOptions): Promise<void> {
    if (command) {
      await mkdir(pod.folder, { recursive: true });
      const script = await readFile(supervisorFile, 'utf8');
      const args = ['-c', script, 'supervise', pod.folder, ...command];
      const program = spawn('sh', args, { cwd: pod.folder, stdio: ['ignore', 'pipe', 'pipe'] });
      for (const stream of [program.stdout, program.stderr])
        stream.on('data', (chunk: Buffer) => (pod.log += chunk));
      pod.program = program;
    }
    const containerID = `local://${pod.object.metadata.name}/${++pod.starts}`;
    pod.object['status'] = {
      containerStatuses: [{ name: container, containerID, state: { running: {} } }],
    };
    this.#tell();
  }

  #tell(): void {
    for (const resolve of this.#followers) resolve();
  }
}

async function end({ program, sessions }: LocalPod): Promise<void> {
  for (const session of sessions) session.kill('SIGKILL');
  if (!program || program.exitCode !== null) return;
  const ended = new Promise<void>((resolve) => program.once('close', () => resolve()));
  program.kill('SIGTERM');
  await ended;
}
