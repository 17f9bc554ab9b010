// A watched project whose commands are killed at every boundary of their journal, and what is there afterwards.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Journal } from '../../../src/run/journal.ts';
import { latestRevisionQuery, readLatestReleases } from '../../../src/releases/release-secrets.ts';
import type { ClusterApi } from '../../../src/kubernetes/client/cluster-api.ts';
import { connectCluster } from '../../../src/kubernetes/client/connect-cluster.ts';
import { resourceKey } from '../../../src/plan/step.ts';
import { docker } from '../leftovers.ts';
import { WatchedProject, type SlipwayCommand, type SlipwayProcess } from '../watched-project.ts';

const preload = join(import.meta.dirname, 'kill-at-record.ts');

/** Everything, or all of one image, one release and what is below them: a run in the usual tests has minutes only. */
export const isFull = process.env['SLIPWAY_TEST_FULL'] === 'yes';
const DEADLY = isFull ? '.' : '^(?!during image|after made).*(cluster:|namespace:|/alpha$)';

/** Of the state folder, what an environment that is up always has. */
const KEPT = ['cluster.json', 'kubeconfig', 'place.json'];

/** What one command was put through. */
export interface Ordeal {
  /** 'after intended image:…/alpha', in the order in which runs were ended there. */
  readonly killed: readonly string[];
}

export class ChaosProject implements AsyncDisposable {
  readonly project: WatchedProject;
  readonly #logFolder: string;
  #logs = 0;

  private constructor(project: WatchedProject, logFolder: string) {
    this.project = project;
    this.#logFolder = logFolder;
  }

  static async make(): Promise<ChaosProject> {
    return new ChaosProject(await WatchedProject.make(), await mkdtemp(join(tmpdir(), 'slipway-chaos-')));
  }

  get node(): string {
    return `${this.project.clusterName}-control-plane`;
  }

  /** A run to its end. Rejects when it fails. */
  async run(command: SlipwayCommand, args: readonly string[] = []): Promise<SlipwayProcess> {
    const run = this.project.run(command, args);
    const { exitCode, stderr } = await run.ended;
    if (exitCode !== 0) throw new Error(`${command} ended with ${exitCode}: ${stderr}\n${lastOf(run)}`);
    return run;
  }

  /** Runs a command again and again, each time ended at a boundary where none was yet, until one comes to its end. */
  async killEverywhere(
    command: SlipwayCommand,
    args: readonly string[],
    follow: (run: SlipwayProcess) => Promise<void> = async () => undefined,
  ): Promise<Ordeal> {
    const log = this.#newLog();
    for (;;) {
      const run = this.project.run(command, args, armed(log, DEADLY));
      await follow(run);
      const { exitCode, stderr } = await run.ended;
      const killed = await linesOf(log, 'killed');
      // Ended by a signal: there was a boundary left.
      if (exitCode === null) continue;
      if (exitCode === 0) return { killed };
      const at = killed.at(-1);
      throw new Error(`${command} after ${at} ended with ${exitCode}: ${stderr}\n${lastOf(run)}`);
    }
  }

  /** The boundaries that a run passes which nobody disturbs. */
  async boundariesOf(command: SlipwayCommand, args: readonly string[]): Promise<readonly string[]> {
    const log = this.#newLog();
    const { exitCode, stderr } = await this.project.run(command, args, armed(log, '')).ended;
    if (exitCode !== 0) throw new Error(`${command} ended with ${exitCode}: ${stderr}`);
    return (await linesOf(log, 'seen')).filter(
      (boundary) => !boundary.startsWith('during') && new RegExp(DEADLY).test(boundary),
    );
  }

  /** Everything of the environment, without what differs from run to run. */
  async look(): Promise<Readonly<Record<string, readonly string[]>>> {
    const { signal } = new AbortController();
    const { clusterName, stateFolder } = this.project;
    const api = await this.connect();
    const inNamespace = async (kind: string, apiVersion: string): Promise<string[]> =>
      (await api.list({ kind, apiVersion, namespace: 'watched' }, signal)).map((one) => one.metadata.name);
    const releases = await api.list(
      { kind: 'Secret', apiVersion: 'v1', labelSelector: 'owner=helm,status=deployed', metadataOnly: true },
      signal,
    );
    const latest = readLatestReleases(await api.list(latestRevisionQuery, signal));
    const journal = await Journal.open(join(stateFolder, 'journal.jsonl'));
    return {
      deployments: (await inNamespace('Deployment', 'apps/v1')).sort(),
      services: (await inNamespace('Service', 'v1')).sort(),
      releases: releases
        .map(({ metadata }) => `${metadata.labels?.['name']} ${metadata.labels?.['slipway.dev/fingerprint']}`)
        .sort(),
      // A revision before the latest may have been broken off for good.
      pending: latest.flatMap(({ name, status }) => (status.startsWith('pending') ? [name] : [])),
      images: (await this.images()).sort(),
      journal: journal
        .outstanding()
        .map(({ mark, resource }) => `${mark} ${resourceKey(resource)}`)
        .sort(),
      files: (await readdir(stateFolder)).filter((name) => KEPT.includes(name)).sort(),
      nodes: await docker('ps', '--quiet', '--filter', `label=io.x-k8s.kind.cluster=${clusterName}`).then(
        (ids) => ids.map(() => 'node'),
      ),
    };
  }

  /** References of its images in the engine. */
  images(): Promise<string[]> {
    const filter = `label=dev.slipway.cluster=${this.project.clusterName}`;
    return docker('images', '--filter', filter, '--format', '{{.Repository}}:{{.Tag}}');
  }

  connect(): Promise<ClusterApi> {
    return connectCluster({ kubeconfigFile: join(this.project.stateFolder, 'kubeconfig') });
  }

  /** What is left of it in the engine and in the state folder: nothing, after `down`. */
  async leftovers(): Promise<readonly string[]> {
    const { clusterName, stateFolder } = this.project;
    const files = await readdir(stateFolder).catch(() => []);
    return [
      ...(await docker('ps', '--all', '--quiet', '--filter', `label=io.x-k8s.kind.cluster=${clusterName}`)),
      ...(await docker('network', 'ls', '--quiet', '--filter', `name=^slipway-${clusterName}$`)),
      ...(await docker('images', '--all', '--quiet', '--filter', `label=dev.slipway.cluster=${clusterName}`)),
      ...files,
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.project[Symbol.asyncDispose]();
    await rm(this.#logFolder, { recursive: true, force: true });
  }

  #newLog(): string {
    return join(this.#logFolder, `${++this.#logs}.log`);
  }
}

function armed(log: string, deadly: string): { nodeArgs: readonly string[]; env: Record<string, string> } {
  return {
    nodeArgs: ['--import', preload],
    env: { SLIPWAY_TEST_BOUNDARIES: log, SLIPWAY_TEST_KILL: deadly },
  };
}

async function linesOf(log: string, word: 'seen' | 'killed'): Promise<string[]> {
  const text = await readFile(log, 'utf8').catch(() => '');
  return text
    .split('\n')
    .flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
}

function lastOf({ events }: SlipwayProcess): string {
  return events
    .filter(({ type }) => type === 'step-failed' || type === 'note')
    .map((event) => JSON.stringify(event))
    .join('\n');
}
