// What KindDriver asks of the container engine, through its CLI.

import { Failure } from '../../failure.ts';
import { CommandEnd } from '../../process/command-end.ts';
import type { CommandRunner } from '../../process/command-runner.ts';
import {
  type KindContainer,
  kindClusterLabel,
  kindContainerFormat,
  nodeNames,
  parseKindContainers,
  staleContainers,
} from './kind-node-list.ts';

const shownLogLines = '30';
/** Of an engine that is at work on something else. */
const QUESTION_MS = 30_000;
/** To end or remove nodes: their programs may take their time, and the disk may be slow. */
const ACT_MS = 180_000;

/** Since when what the API tells of a node counts, in milliseconds. */
interface StartedNode {
  readonly name: string;
  /** Containers of its pods from before that are gone. */
  readonly startedAt: number;
  /** Leases from before that say nothing: later than `startedAt` for a node that was paused. */
  readonly reportsSince: number;
}

export class KindEngine {
  readonly #commands: CommandRunner;
  readonly #docker: string;

  constructor(commands: CommandRunner, docker: string) {
    this.#commands = commands;
    this.#docker = docker;
  }

  /** The one network of the cluster; only this cluster is on it. */
  networkName(cluster: string): string {
    return `slipway-${cluster}`;
  }

  /** Standard output of a command of the engine's CLI. Rejects with Failure 'engine' where no engine answers. */
  async docker(args: readonly string[], signal: AbortSignal): Promise<string> {
    try {
      const timeoutMs = isQuestion(args) ? QUESTION_MS : ACT_MS;
      const { stdout } = await this.#commands.run({ program: this.#docker, args, signal, timeoutMs });
      return stdout.trim();
    } catch (error) {
      if (error instanceof Failure && error.code === 'timeout')
        throw new Failure('timeout', `the container engine does not answer: ${error.message}`, {
          hint: 'It may hang or be overloaded: restart it, and run again. `slipway doctor` tells more.',
          details: error.details,
          cause: error,
        });
      if (isMissing(error))
        throw new Failure('prerequisite', `the docker CLI is missing: ${(error as Failure).message}`, {
          hint: "kind works through it: install it from Docker's or your distribution's packages.",
          cause: error,
        });
      const outdated = error instanceof Failure ? error.details.find(saysThatTheCliIsOld) : undefined;
      if (outdated !== undefined)
        throw new Failure('prerequisite', `docker ${args[0]}: ${outdated}`, {
          hint: 'Install a docker CLI as new as the engine, or unset DOCKER_API_VERSION.',
          cause: error,
        });
      const silence = error instanceof Failure ? error.details.find(saysThatNoEngineAnswers) : undefined;
      if (silence === undefined) throw error;
      throw new Failure('engine', `docker ${args[0]}: ${silence}`, {
        hint: 'It has ended or is being restarted. `slipway up` goes on where this stopped; `slipway doctor` tells more.',
        cause: error,
      });
    }
  }

  /** Running or not, in the order in which they have to start. One call. */
  async containers(cluster: string, signal: AbortSignal): Promise<KindContainer[]> {
    const filter = `label=${kindClusterLabel}=${cluster}`;
    const args = ['ps', '--all', '--no-trunc', '--filter', filter, '--format', kindContainerFormat];
    return parseKindContainers(await this.docker(args, signal));
  }

  /** One line for each container. */
  async inspect(names: readonly string[], format: string, signal: AbortSignal): Promise<string[]> {
    if (names.length === 0) return [];
    const args = ['inspect', '--type', 'container', '--format', format, ...names];
    return (await this.docker(args, signal)).split('\n');
  }

  /** What the nodes say that helps to see why they do not work: never throws for a Failure. */
  async diagnose(cluster: string, signal: AbortSignal): Promise<string[]> {
    const lines: string[] = [];
    for (const { name, isRunning } of await this.containers(cluster, signal).catch(nothing<KindContainer>)) {
      const args = isRunning
        ? ['exec', name, 'journalctl', '--no-pager', '--lines', shownLogLines, '--unit', 'kubelet']
        : ['logs', '--tail', shownLogLines, name];
      const heading = isRunning ? `${name} runs; its kubelet says:` : `${name} has ended; its log:`;
      const result = await this.#commands
        .run({ program: this.#docker, args, signal, timeoutMs: QUESTION_MS })
        .catch(nothing<{ stdout: string; stderr: string }>);
      if (Array.isArray(result)) continue;
      // A container's log comes on both streams.
      lines.push(heading, ...`${result.stdout}\n${result.stderr}`.split('\n').filter(Boolean));
    }
    return lines;
  }

  /** Starts a container that is stopped; one that is paused goes on. */
  async resume({ name, isPaused }: KindContainer, signal: AbortSignal): Promise<void> {
    try {
      await this.docker([isPaused ? 'unpause' : 'start', name], signal);
    } catch (error) {
      const text = error instanceof Failure ? [error.message, ...error.details].join('\n') : '';
      const taken = /Bind for (\S+) failed|listen tcp4? (\S+): bind/.exec(text);
      if (taken === null) throw error;
      throw new Failure('port', `${name} cannot start: its port ${taken[1] ?? taken[2]} is taken by now`, {
        hint: 'End what holds the port and try again. Or `slipway down`, then `slipway up`: it takes the next free port.',
        cause: error,
      });
    }
  }

  /** Since when what is told of the nodes counts. `resumedAt` (milliseconds): when those that did not run were started. */
  async startedNodes(
    containers: readonly KindContainer[],
    resumedAt: number,
    signal: AbortSignal,
  ): Promise<StartedNode[]> {
    const names = nodeNames(containers);
    const times = await this.inspect(names, '{{.State.StartedAt}}', signal);
    const resumed = nodeNames(containers.filter(({ isRunning }) => !isRunning));
    return names.map((name, index) => {
      const startedAt = Date.parse(times[index] ?? '');
      return { name, startedAt, reportsSince: resumed.includes(name) ? resumedAt : startedAt };
    });
  }

  /**
   * Why a started cluster cannot be used yet; '' when it can. That the API answers is not enough: until the controllers
   * and the kubelets of the nodes are back (they renew their leases), it tells what was true before the stop, so that
   * pods which are not even running count as ready.
   */
  async startProblem(
    controlPlane: string,
    nodes: readonly StartedNode[],
    signal: AbortSignal,
  ): Promise<string> {
    const kubectl = (args: readonly string[]): Promise<string> => {
      const client = ['kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf', '--request-timeout', '10s'];
      return this.docker(['exec', controlPlane, ...client, ...args], signal);
    };
    const isBack = async (namespace: string, lease: string, since: number): Promise<boolean> => {
      const output = ['--namespace', namespace, '--output', 'jsonpath={.spec.renewTime}'];
      return Date.parse(await kubectl(['get', 'lease', lease, ...output])) >= since;
    };
    try {
      await kubectl(['get', '--raw', '/readyz']);
      for (const { name, startedAt, reportsSince } of nodes) {
        if (!(await isBack('kube-node-lease', name, reportsSince)))
          return `kubelet of ${name} has not reported yet`;
        if (!(await isBack('kube-system', 'kube-controller-manager', reportsSince)))
          return 'no controller has taken over yet';
        const problem = staleContainers(await kubectl(startTimesOn(name)), startedAt);
        if (problem !== '') return problem;
      }
      return '';
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'command') throw error;
      const text = error.details.at(-1) ?? error.message;
      // The API server lists all its checks, good and bad.
      const failed = [...text.matchAll(/\[-\]([\w/-]+) failed/g)].map(([, check]) => check);
      return failed.length === 0 ? text : `the API is not ready: ${failed.join(', ')}`;
    }
  }
}

// Of all running containers of a node, one a line.
function startTimesOn(node: string): string[] {
  const containers = '{range .items[*].status.containerStatuses[*]}{.state.running.startedAt}{"\\n"}{end}';
  const fields = ['--field-selector', `spec.nodeName=${node}`, '--output', `jsonpath=${containers}`];
  return ['get', 'pods', '--all-namespaces', ...fields];
}

// For looks at a broken cluster: what cannot be seen is left out.
function nothing<T>(error: unknown): T[] {
  if (!(error instanceof Failure)) throw error;
  return [];
}

/** What changes nothing. `exec` is used for questions only. */
function isQuestion([verb = '', noun = '']: readonly string[]): boolean {
  return ['ps', 'inspect', 'exec', 'logs'].includes(verb) || noun === 'ls';
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof Failure && error.cause instanceof CommandEnd && error.cause.reason === 'not-started'
  );
}

function saysThatTheCliIsOld(line: string): boolean {
  return /client version \S+ is too (old|new)/i.test(line);
}

/** The CLI has no exit code of its own for it. */
function saysThatNoEngineAnswers(line: string): boolean {
  return /Cannot connect to the Docker daemon|error during connect/i.test(line);
}
