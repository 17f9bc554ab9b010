// What the container engine holds, before and after: what a test has left behind.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ProjectCopy } from './project-copy.ts';
import type { SlipwayRun } from './run-slipway.ts';

/** Sorted 'kind id name' lines. */
export type EngineContent = readonly string[];

/** Where nothing else uses the engine, whatever is new was left by us; elsewhere only what is marked as ours counts. */
const isAlone = Boolean(process.env['CI']);

export async function docker(...args: readonly string[]): Promise<string[]> {
  const { stdout } = await promisify(execFile)('docker', args);
  return stdout.split('\n').filter((line) => line !== '');
}

/** All containers (stopped ones too), networks, volumes and images (unnamed ones too). */
export async function observeEngineContent(): Promise<EngineContent> {
  const lists = await Promise.all([
    docker('ps', '--all', '--no-trunc', '--format', 'container {{.ID}} {{.Names}} {{.Labels}}'),
    docker('network', 'ls', '--no-trunc', '--format', 'network {{.ID}} {{.Name}} {{.Labels}}'),
    docker('volume', 'ls', '--format', 'volume {{.Name}} {{.Labels}}'),
    docker('images', '--all', '--no-trunc', '--format', 'image {{.ID}} {{.Repository}}:{{.Tag}}'),
  ]);
  return lists.flat().sort();
}

/** Collects what a project has in the engine while it is there: afterwards nothing tells whose a volume was. */
export class LeftoverWatch {
  readonly #project: ProjectCopy;
  readonly #before: ReadonlySet<string>;
  readonly #kubeconfig: string;
  readonly #ours = new Set<string>();
  readonly #usedByOthers = new Set<string>();

  private constructor(project: ProjectCopy, before: EngineContent, kubeconfig: string) {
    this.#project = project;
    this.#before = new Set(before);
    this.#kubeconfig = kubeconfig;
  }

  static async start(project: ProjectCopy): Promise<LeftoverWatch> {
    return new LeftoverWatch(project, await observeEngineContent(), await userKubeconfig());
  }

  /** Called after a run: remembers the volumes of the nodes, every image that the journal names, and what was kept. */
  async note({ events }: SlipwayRun): Promise<void> {
    for (const event of events) {
      const isKept = event.type === 'step-done' && event.note?.startsWith('kept:');
      if (isKept && event.id.startsWith('image:')) this.#usedByOthers.add(event.id.slice('image:'.length));
    }
    const { clusterName, stateFolder } = this.#project;
    const nodes = await docker('ps', '-aq', '--filter', `label=io.x-k8s.kind.cluster=${clusterName}`);
    for (const node of nodes) {
      const format = '{{range .Mounts}}{{if .Name}}{{println .Name}}{{end}}{{end}}';
      for (const volume of await docker('inspect', '--format', format, node))
        this.#ours.add(`volume ${volume} `);
    }
    const journal = await readFile(join(stateFolder, 'journal.jsonl'), 'utf8').catch(() => '');
    for (const [, reference] of journal.matchAll(/"reference":"([^"]+)"/g)) this.#ours.add(` ${reference}`);
    const images = ['images', '-aq', '--no-trunc', '--filter', `label=dev.slipway.cluster=${clusterName}`];
    for (const id of await docker(...images)) this.#ours.add(`image ${id} `);
  }

  /** What there is now and was not before, as far as it is ours. */
  async find(): Promise<string[]> {
    const added = (await observeEngineContent()).filter((line) => !this.#before.has(line));
    if (isAlone) return added;
    const ours = added.filter(
      (line) =>
        line.includes(this.#project.clusterName) || [...this.#ours].some((text) => `${line} `.includes(text)),
    );
    // Another cluster may run on the node image that we have made first.
    return ours.filter(
      (line) => ![...this.#usedByOthers].some((reference) => line.endsWith(` ${reference}`)),
    );
  }

  /** True while the user's own kubeconfig is as it was. */
  async isKubeconfigUntouched(): Promise<boolean> {
    return (await userKubeconfig()) === this.#kubeconfig;
  }
}

async function userKubeconfig(): Promise<string> {
  const file = process.env['KUBECONFIG'] ?? join(homedir(), '.kube', 'config');
  const content = await readFile(file).catch(() => undefined);
  return content === undefined ? 'absent' : createHash('sha256').update(content).digest('hex');
}
