// Makes, finds and deletes clusters with the kind CLI; the container engine's CLI tells what is there.

import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../../failure.ts';
import type { CommandRunner } from '../../process/command-runner.ts';
import type { Task } from '../../task.ts';
import type { ClusterDriver, ClusterSpec, ClusterState } from '../cluster-driver.ts';
import { KindEngine } from './kind-engine.ts';
import { clusterOf, nodeNames, parsePortBindings, portName } from './kind-node-list.ts';
import { KindProgress } from './kind-progress.ts';
import { removeKindCluster, removeUntilGone } from './kind-removal.ts';

export interface KindDriverOptions {
  readonly commands: CommandRunner;
  /** Gives the path of the kind program: only making a cluster and writing its kubeconfig need it. */
  readonly kind: () => Promise<string>;
  /** Path of the container engine's CLI. kind looks `docker` up on its PATH: it has to find the same one. */
  readonly docker: string;
  /** Further variables for kind: proxies, DOCKER_HOST, PATH. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * How long after a broken-off create the engine may still bring a container up, for a client that is gone; 2 s if
   * absent (guessed: filling a node's volume takes a second here).
   */
  readonly settleMs?: number;
}

const startDeadlineMs = 120_000;
const pollMs = 500;
const KUBECONFIG_MS = 60_000;
/** kind tells nothing while the engine pulls a node image of 400 MB, which takes this long at 2 Mbit/s. */
const CREATE_QUIET_MS = 1_800_000;
const cleanUpTimeoutMs = 60_000;
/** Of a container that the engine takes away: it is listed for a moment longer than it can be looked at. */
const goneWithinMs = 10_000;

/** Beside the kubeconfig: what the config file said when the cluster was made. */
export function madeOfFile(stateFolder: string): string {
  return join(stateFolder, 'kind-config.json');
}

/** Each cluster gets a network of its own, 'slipway-<name>': what is on it is ours, and nobody else's clusters care. */
export class KindDriver implements ClusterDriver {
  readonly kind = 'kind';
  readonly #options: KindDriverOptions;
  readonly #engine: KindEngine;

  constructor(options: KindDriverOptions) {
    this.#options = options;
    this.#engine = new KindEngine(options.commands, options.docker);
  }

  async observe(name: string, signal: AbortSignal): Promise<ClusterState> {
    const deadline = performance.now() + goneWithinMs;
    for (;;) {
      try {
        return await this.#look(name, signal);
      } catch (error) {
        if (!isVanished(error) || performance.now() >= deadline) throw error;
        await delay(pollMs, undefined, { signal });
      }
    }
  }

  async #look(name: string, signal: AbortSignal): Promise<ClusterState> {
    const containers = await this.#engine.containers(name, signal);
    const seen = await clusterOf(containers, this.#engine.networkName(name), (nodes) =>
      this.#engine.inspect(nodes, '{{.State.StartedAt}}', signal),
    );
    const published =
      seen.status === 'stopped'
        ? // What is stopped publishes nothing, but will publish this again.
          (await this.#engine.inspect(seen.nodes, '{{json .HostConfig.PortBindings}}', signal)).flatMap(
            parsePortBindings,
          )
        : containers.flatMap((container) => container.ports);
    return {
      ...seen,
      ports: published.map((port) => ({ name: portName(port.containerPort), ...port })),
    };
  }

  async create(spec: ClusterSpec, task: Task): Promise<void> {
    const text = await readFile(spec.configFile, 'utf8').catch((cause: unknown) => {
      throw new Failure('config', `${spec.configFile} cannot be read`, { cause });
    });
    // Late: parser and schema are for nothing else.
    const { planKindConfig } = await import('./kind-config.ts');
    const plan = planKindConfig(text, spec);
    if ((await this.#engine.containers(spec.name, task.signal)).length > 0) {
      throw new Failure('cluster', `there is a kind cluster ${spec.name} already`, {
        hint: `Take it away with: kind delete cluster --name ${spec.name}`,
      });
    }
    await mkdir(dirname(spec.kubeconfigFile), { recursive: true, mode: 0o700 });
    const kind = await this.#options.kind();
    const progress = new KindProgress(plan.phases);
    // --retain: kind would remove the nodes before anybody could read why they died. We remove them, in each case.
    const args = ['create', 'cluster', '--name', spec.name, '--config', '-', '--retain'];
    args.push('--kubeconfig', spec.kubeconfigFile);
    try {
      await this.#options.commands.run({
        program: kind,
        args,
        env: this.#environment(spec.name),
        input: plan.text,
        signal: task.signal,
        quietMs: CREATE_QUIET_MS,
        onLine: (line) => {
          const read = progress.read(line);
          if (read !== undefined) task.report(read);
        },
      });
      await chmod(spec.kubeconfigFile, 0o600);
      await writeFile(madeOfFile(dirname(spec.kubeconfigFile)), plan.declared, { mode: 0o600 });
      task.signal.throwIfAborted();
    } catch (error) {
      // Not with the task's signal: after a cancel, too, nothing half made may stay.
      const signal = AbortSignal.timeout(cleanUpTimeoutMs);
      const wasCancelled = task.signal.aborted;
      const details = wasCancelled ? [] : await this.#engine.diagnose(spec.name, signal);
      task.report({ text: 'removing what was half made' });
      const settleMs = this.#options.settleMs ?? 2_000;
      await removeUntilGone(this.#engine, spec.name, { settleMs, signal });
      await rm(spec.kubeconfigFile, { force: true });
      if (wasCancelled)
        throw new Failure('interrupted', `making ${spec.name} was cancelled`, { cause: error });
      if (!(error instanceof Failure) || (error.code !== 'command' && error.code !== 'timeout')) throw error;
      throw new Failure(
        error.code === 'timeout' ? 'timeout' : 'cluster',
        `kind could not create ${spec.name}: ${progress.errorText ?? error.message}`,
        {
          cause: error,
          details: [error.message, ...error.details, ...details],
        },
      );
    }
  }

  async writeKubeconfig(name: string, file: string, signal: AbortSignal): Promise<void> {
    const { stdout } = await this.#options.commands.run({
      program: await this.#options.kind(),
      args: ['get', 'kubeconfig', '--name', name],
      env: this.#environment(name),
      timeoutMs: KUBECONFIG_MS,
      signal,
    });
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    // kind prints one more line end than it writes into a file itself.
    await writeFile(file, `${stdout.trimEnd()}\n`, { mode: 0o600 });
  }

  async start(name: string, task: Task): Promise<void> {
    const containers = await this.#engine.containers(name, task.signal);
    if (containers.length === 0) throw new Failure('cluster', `there is no kind cluster ${name} to start`);
    const [controlPlane] = nodeNames(containers);
    if (controlPlane === undefined) throw new Failure('cluster', `${name} has no control-plane node`);
    const resumedAt = Date.now();
    for (const container of containers.filter(({ isRunning }) => !isRunning)) {
      task.report({ text: `${container.isPaused ? 'resuming' : 'starting'} ${container.name}` });
      await this.#engine.resume(container, task.signal);
    }
    const nodes = await this.#engine.startedNodes(containers, resumedAt, task.signal);
    const deadline = resumedAt + startDeadlineMs;
    let last = await this.#engine.startProblem(controlPlane, nodes, task.signal);
    while (last !== '' && Date.now() < deadline) {
      task.report({ text: `waiting: ${last}` });
      await delay(pollMs, undefined, { signal: task.signal }).catch(() => task.signal.throwIfAborted());
      last = await this.#engine.startProblem(controlPlane, nodes, task.signal);
    }
    if (last === '') return;
    const details = await this.#engine.diagnose(name, task.signal);
    throw new Failure('timeout', `${name} did not come back within ${startDeadlineMs / 1000} s: ${last}`, {
      details,
      hint: 'Try again, or make it anew: `slipway down` takes it away, `slipway up` makes it.',
    });
  }

  /** Without kind: what it does beyond this is to edit a kubeconfig, the user's own by default. */
  async delete(name: string, task: Task): Promise<void> {
    const kept = await removeKindCluster(this.#engine, name, task);
    if (kept !== undefined) task.report({ text: kept });
  }

  #environment(name: string): Record<string, string | undefined> {
    return {
      ...this.#options.env,
      KIND_EXPERIMENTAL_PROVIDER: 'docker',
      KIND_EXPERIMENTAL_DOCKER_NETWORK: this.#engine.networkName(name),
    };
  }
}

/** What a killed run has begun may come or go while it is looked at. */
function isVanished(error: unknown): boolean {
  return error instanceof Failure && /no such (container|object)/i.test(error.details.join('\n'));
}
