// On what machine figures were taken.

import { cpus, loadavg, release, totalmem } from 'node:os';
import type { BenchScene } from './bench.ts';

/** One line: processors, memory, kernel, Node, engine, load at this moment. */
export async function machineFacts({
  commands,
  signal,
}: Pick<BenchScene, 'commands' | 'signal'>): Promise<string> {
  const model = cpus()[0]?.model.trim() || 'unknown processor';
  const engine = await commands
    .run({ program: 'docker', args: ['info', '--format', '{{.ServerVersion}}, {{.Driver}}'], signal })
    .then(
      ({ stdout }) => `engine ${stdout.trim()}`,
      () => 'no engine',
    );
  return [
    `${cpus().length} × ${model}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `kernel ${release()}`,
    `Node ${process.versions.node}`,
    engine,
    `load ${loadavg()[0]!.toFixed(1)} at the start`,
  ].join('; ');
}
