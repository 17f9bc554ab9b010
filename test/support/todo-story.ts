// What the tests of one life of the todo environment share: a copy of the project, its cluster, its address.

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
  /** Where the environment is reached; the wanted one until a run has said otherwise. */
  port: number;

  private constructor(project: ProjectCopy, watch: LeftoverWatch) {
    this.project = project;
    this.watch = watch;
    this.port = project.ports.http;
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
    this.#cluster = await lookAt(this.project, 'todo');
    return this.#cluster;
  }

  get cluster(): ClusterLook {
    if (this.#cluster === undefined)
      throw new Error('there is no cluster: the first test of the story has failed');
    return this.#cluster;
  }

  ask(request: Omit<IngressRequest, 'port' | 'host'>): Promise<IngressAnswer> {
    return askIngress({ port: this.port, host: this.host, ...request });
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
