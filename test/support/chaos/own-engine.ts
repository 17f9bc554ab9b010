// A container engine for one test alone: a process that may be killed and started again. It runs no containers.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectEngine } from '../../../src/engine/connect-engine.ts';
import { DockerodeImageStore } from '../../../src/images/dockerode-image-store.ts';
import { until } from '../until.ts';

export class OwnEngine implements AsyncDisposable {
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param storeMegabytes what there is room for, where that is bounded */
  static async start({ storeMegabytes }: { storeMegabytes?: number } = {}): Promise<OwnEngine> {
    const engine = new OwnEngine(await mkdtemp(join(tmpdir(), 'slipway-engine-')));
    try {
      if (storeMegabytes !== undefined) await engine.#mountStore(storeMegabytes);
      await engine.start();
    } catch (error) {
      await engine[Symbol.asyncDispose]();
      throw error;
    }
    return engine;
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const at = (name: string): string => join(this.#folder, name);
    // Its containerd has ended with it. Where nobody collects orphans, its process id looks alive.
    await rm(at('exec/containerd/containerd.pid'), { force: true });
    const files = ['--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('pid')];
    const network = ['--bridge', 'none', '--iptables=false', '--ip6tables=false'];
    // In a network of its own: an engine that has no bridge takes docker0 away, which is another engine's.
    this.#process = spawn(
      'unshare',
      ['--net', 'dockerd', '--host', this.url, ...files, ...network, '--storage-driver', 'vfs'],
      { stdio: 'ignore' },
    );
    const docker = await connectEngine({ url: this.url });
    await until('the engine answers', () => docker.ping().then(Boolean, () => false));
  }

  /** As by kill -9: nothing is cleaned up. */
  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
  }

  /** The disk has so much room from now on. */
  resizeStore(megabytes: number): void {
    mount('-o', `remount,size=${megabytes}m`, join(this.#folder, 'data'));
  }

  async #mountStore(megabytes: number): Promise<void> {
    const folder = join(this.#folder, 'data');
    await mkdir(folder);
    mount('-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder);
  }

  async images(): Promise<DockerodeImageStore> {
    return new DockerodeImageStore(await connectEngine({ url: this.url }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = this.#process;
    if (running && running.exitCode === null) {
      const ended = once(running, 'exit');
      running.kill('SIGTERM');
      await ended;
    }
    // An engine that was killed leaves its folder mounted onto itself.
    while (spawnSync('umount', [join(this.#folder, 'data')]).status === 0);
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** As DOCKER_HOST takes it. */
  get url(): string {
    return `unix://${join(this.#folder, 'docker.sock')}`;
  }
}

function mount(...args: string[]): void {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`mount ${args.join(' ')}: ${stderr}`);
}
