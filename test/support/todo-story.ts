// What the tests of one life of the todo environment share: a copy of the project, its cluster, its address.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { Browser } from 'playwright-core';
import { openBrowser } from './browser.ts';
import { type ClusterLook, lookAt } from './cluster-look.ts';
import { askIngress, type IngressAnswer, type IngressRequest } from './ingress-client.ts';
import { LeftoverWatch } from './leftovers.ts';
import { copyProject, type ProjectCopy } from './project-copy.ts';
import { expectExit, runSlipway, type SlipwayRequest, type SlipwayRun } from './run-slipway.ts';

export class TodoStory {
  readonly host = 'todo.local';
  readonly project: ProjectCopy;
  readonly watch: LeftoverWatch;
  #cluster: ClusterLook | undefined;
  #authority: string | undefined;
  /** Where the environment is reached; the wanted ones until a run has said otherwise. */
  readonly ports: { http: number; https: number };

  private constructor(project: ProjectCopy, watch: LeftoverWatch) {
    this.project = project;
    this.watch = watch;
    this.ports = { ...project.ports };
  }

  static async begin(): Promise<TodoStory> {
    const project = await copyProject();
    return new TodoStory(project, await LeftoverWatch.start(project));
  }

  /** Runs a command and remembers what it has made. */
  async run(request: Omit<SlipwayRequest, 'project'>): Promise<SlipwayRun> {
    const run = await runSlipway({ project: this.project, ...request });
    await this.watch.note(run);
    return run;
  }

  /** The cluster of the last `up`; asked for again after the cluster was made anew. */
  async look(): Promise<ClusterLook> {
    this.#authority = await readFile(this.authorityFile, 'utf8');
    this.#cluster = await lookAt(this.project, 'todo');
    return this.#cluster;
  }

  get cluster(): ClusterLook {
    if (this.#cluster === undefined)
      throw new Error('there is no cluster: the first test of the story has failed');
    return this.#cluster;
  }

  /** The certificate that `curl --cacert` takes. */
  get authorityFile(): string {
    return join(this.project.stateFolder, '../authority/ca.crt');
  }

  get origin(): string {
    return `https://${this.host}:${this.ports.https}`;
  }

  /** Over TLS; fails when the host does not prove itself by the user's authority. */
  ask(request: Omit<IngressRequest, 'port' | 'host' | 'authority'>): Promise<IngressAnswer> {
    return askIngress({
      ...{ port: this.ports.https, host: this.host, authority: this.#authority },
      ...request,
    });
  }

  askPlainly(request: Omit<IngressRequest, 'port' | 'host' | 'authority'>): Promise<IngressAnswer> {
    return askIngress({ port: this.ports.http, host: this.host, ...request });
  }

  /** A browser that takes the one certificate that the host has proved itself with. */
  async openBrowser(): Promise<Browser> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const socket = connect({
      ...{ host: '127.0.0.1', port: this.ports.https, servername: this.host, ca: this.#authority },
    });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      const key = socket.getPeerX509Certificate()!.publicKey;
      resolve(key.export({ type: 'spki', format: 'der' }));
    });
    const key = await promise.finally(() => socket.destroy());
    return openBrowser(this.host, [createHash('sha256').update(key).digest('base64')]);
  }

  /** What a run that fails before anything is deployed must not have touched. */
  async untouchable(signal: AbortSignal): Promise<unknown> {
    const { status } = await this.ask({ path: '/api/todos', signal });
    return {
      status,
      pods: await this.cluster.podUids(signal),
      revisions: await this.cluster.revisions(signal),
    };
  }

  /** Whatever has failed: nothing stays behind. */
  async end(): Promise<void> {
    await this.project.configure();
    const { signal } = new AbortController();
    expectExit(await runSlipway({ project: this.project, command: 'down', signal }), 0);
    await this.project.remove();
  }
}
