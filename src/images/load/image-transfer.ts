// Streams images from the engine into several nodes at once, with no file in between.

import { PassThrough, type Readable } from 'node:stream';
import type { CommandRunner } from '../../process/command-runner.ts';

export interface Transfer {
  readonly source: Readable;
  readonly nodes: readonly { readonly name: string; readonly snapshotter: string }[];
  readonly commands: CommandRunner;
  readonly docker: string;
  readonly signal: AbortSignal;
  /** Called with the bytes that went to all nodes together so far. */
  readonly onBytes: (bytes: number) => void;
}

export interface TransferResult {
  readonly node: string;
  readonly sentBytes: number;
  /** What the import ended with, if not well. Whether the images are there is another question. */
  readonly error: unknown;
}

/** Far above what 500 MB need on a slow disk; a node that hangs must not hold the run for ever. */
const IMPORT_TIMEOUT_MS = 600_000;

/** Imports the stream into every node; one that fails does not stop the others. Never rejects. */
export async function transferImages(transfer: Transfer): Promise<TransferResult[]> {
  const { source, nodes, commands, docker, signal, onBytes } = transfer;
  let total = 0;
  const branches = nodes.map((node) => {
    const branch = { node, input: new PassThrough(), sentBytes: 0 };
    branch.input.on('data', (chunk: Buffer) => {
      branch.sentBytes += chunk.length;
      total += chunk.length;
      onBytes(total);
    });
    // The listener above must not start the flow: only what the import takes counts as sent.
    branch.input.pause();
    // Nobody else listens once its import has ended.
    branch.input.on('error', () => {});
    return branch;
  });
  const breakOff = (error?: Error): void => {
    for (const { input } of branches) input.destroy(error ?? new Error('the engine broke off the export'));
  };
  source.once('error', breakOff);
  source.once('close', () => source.readableEnded || breakOff());
  for (const { input } of branches) source.pipe(input);
  try {
    return await Promise.all(
      branches.map(async (branch): Promise<TransferResult> => {
        const { name, snapshotter } = branch.node;
        const inNode = ['ctr', '-n', 'k8s.io', 'images', 'import', '--snapshotter', snapshotter, '-'];
        let error: unknown;
        try {
          await commands.run({
            program: docker,
            args: ['exec', '-i', name, ...inNode],
            input: branch.input,
            timeoutMs: IMPORT_TIMEOUT_MS,
            signal,
          });
        } catch (caught) {
          error = caught;
        }
        // Or the others would wait for a node that takes nothing any more.
        source.unpipe(branch.input);
        branch.input.destroy();
        return { node: name, sentBytes: branch.sentBytes, error };
      }),
    );
  } finally {
    source.destroy();
  }
}
