// `slipway trace`: what the time of the last runs went to, and the files that show it in a viewer.

import { Failure } from '../failure.ts';
import { listTraces } from './keep-traces.ts';
import { formatDuration } from '../view/format-duration.ts';
import { pathLines } from '../view/path-lines.ts';
import { formatTable } from '../view/table.ts';
import type { CommandContext } from '../cli/command-context.ts';
import { tracesFolder } from '../state/state-folders.ts';
import { baseOptions, type CommandSpec } from '../cli/option-spec.ts';

export const traceSpec: CommandSpec = {
  name: 'trace',
  summary:
    'Lists the traces of the last 20 runs that did something, newest first, or reports on one of them. A trace opens in chrome://tracing and ui.perfetto.dev.',
  options: { json: baseOptions.json, help: baseOptions.help },
  positionals: ['[<number>]'],
  examples: ['slipway trace', 'slipway trace 1'],
};

export async function trace({ options, folders, print }: CommandContext): Promise<number> {
  const traces = await listTraces(tracesFolder(folders));
  const [wanted] = options.positionals;
  const chosen = wanted === undefined ? traces : traces.slice(Number(wanted) - 1, Number(wanted));
  if (wanted !== undefined && chosen.length === 0) {
    throw new Failure('usage', `there is no trace ${wanted}`, { hint: 'slipway trace lists them.' });
  }
  if (options.flags.has('json')) {
    for (const { file, facts } of chosen) print(JSON.stringify({ file, ...facts }));
    return 0;
  }
  if (traces.length === 0) print('No run that did something yet.');
  else if (wanted !== undefined) {
    for (const { file, facts } of chosen) {
      const lines = pathLines(facts.path);
      print([...(lines.length > 0 ? lines : ['It was too short to be worth a report.']), file].join('\n'));
    }
  } else {
    print(
      formatTable({
        head: ['', 'WHEN', 'COMMAND', 'ENVIRONMENT', 'OUTCOME', 'TOOK', 'FILE'],
        rows: traces.map(({ file, facts: { at, command, environment, outcome, path } }, index) => [
          ...[String(index + 1), at, command, environment, outcome, formatDuration(path.wallMs), file],
        ]),
      }),
    );
  }
  return 0;
}
