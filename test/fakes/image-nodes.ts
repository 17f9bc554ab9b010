// The nodes of a cluster as the docker CLI reaches them: `docker exec` of what the image loader runs in them.

import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { Failure } from '../../scripts/failure.ts';
import type { Command, CommandResult, CommandRunner } from '../../scripts/process/command-runner.ts';

/** How an import in a node goes: 'lost' ends well and leaves nothing behind. */
export type ImportOutcome = 'works' | 'fails' | 'lost' | 'not-unpacked' | 'unnoticed' | 'hangs';

interface NodeState {
  readonly images: Map<string, { id: string; unpacked: boolean; noticedAfterQuestions: number }>;
  outcome: ImportOutcome;
}

/** Takes streams as FakeImageStore exports them: a line '<reference> <id>' for each image. */
export class FakeImageNodes implements CommandRunner {
  /** How often each node was sent something. */
  readonly imports: string[] = [];
  /** How often any node was asked. */
  questions = 0;
  readonly #nodes = new Map<string, NodeState>();

  constructor(...names: string[]) {
    for (const name of names) this.#nodes.set(name, { images: new Map(), outcome: 'works' });
  }

  /** Says how imports into the node go from now on. */
  imported(name: string, outcome: ImportOutcome): void {
    this.#node(name).outcome = outcome;
  }

  /** Puts an image there. */
  add(name: string, reference: string, id: string): void {
    this.#node(name).images.set(reference, { id, unpacked: true, noticedAfterQuestions: 0 });
  }

  async find(): Promise<string | undefined> {
    return undefined;
  }

  async run(command: Command): Promise<CommandResult> {
    const { args, signal } = command;
    if (signal?.aborted) throw new Failure('interrupted', 'was not started');
    const isImport = args[1] === '-i';
    const name = args[isImport ? 2 : 1] ?? '';
    const node = this.#node(name);
    if (isImport) {
      if (args.slice(3, 7).join(' ') !== 'ctr -n k8s.io images')
        throw new Error(`unexpected: ${args.join(' ')}`);
      this.imports.push(name);
      await this.#import(node, command);
      return { stdout: '', stderr: '', durationMs: 1 };
    }
    if (args[2] !== 'sh' || args[3] !== '-c') throw new Error(`unexpected: ${args.join(' ')}`);
    this.questions += 1;
    return { stdout: this.#answer(node, args.slice(6)), stderr: '', durationMs: 1 };
  }

  async #import(node: NodeState, { input, signal }: Command): Promise<void> {
    if (node.outcome === 'hangs') {
      const { promise, reject } = Promise.withResolvers<never>();
      signal?.addEventListener('abort', () => reject(new Failure('interrupted', 'was ended')), {
        once: true,
      });
      return promise;
    }
    if (node.outcome === 'fails')
      throw new Failure('command', 'docker exec failed with exit code 1', {
        details: ['ctr: no space left'],
      });
    const lines = (await text(input as Readable)).trim().split('\n');
    if (node.outcome === 'lost') return;
    for (const line of lines) {
      const [reference = '', id = ''] = line.split(' ');
      const unpacked = node.outcome !== 'not-unpacked';
      node.images.set(reference, {
        id,
        unpacked,
        noticedAfterQuestions: node.outcome === 'unnoticed' ? 2 : 0,
      });
    }
  }

  /** As containerd prints it; the target's digest is made up, the config's is the id. */
  #answer(node: NodeState, filters: readonly string[]): string {
    const lines = ['snapshotter overlayfs', 'image REF TYPE DIGEST SIZE PLATFORMS LABELS'];
    for (const filter of filters) {
      const reference = /^name=="(.*)"$/.exec(filter)?.[1] ?? '';
      const image = node.images.get(reference);
      if (!image) continue;
      const target = `sha256:${image.id.slice(-64).replace(/[0-9a-f]/g, (digit) => (15 - Number.parseInt(digit, 16)).toString(16))}`;
      const isNoticed = image.noticedAfterQuestions-- <= 0;
      lines.push(
        `image ${reference} manifest.v2+json ${target} 5.7 MiB linux/amd64 ${isNoticed ? 'io.cri-containerd.image=managed' : '-'}`,
        `check ${reference} manifest.v2+json ${target} complete (6/6) 5.7 MiB/5.7 MiB ${image.unpacked}`,
        `blob ${target} ${JSON.stringify({ config: { digest: image.id } })}`,
      );
    }
    return `${lines.join('\n')}\n`;
  }

  #node(name: string): NodeState {
    const node = this.#nodes.get(name);
    if (!node) throw new Failure('command', `docker exec failed: no such container: ${name}`);
    return node;
  }
}
