// `npm run bench`: measures, beside what others need for the same, and says where a goal is missed.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandContext } from '../../../src/cli/command-context.ts';
import { baseOptions, type CommandSpec } from '../../../src/cli/option-spec.ts';
import { Failure } from '../../../src/failure.ts';
import { ZxCommandRunner } from '../../../src/process/zx-command-runner.ts';
import { formatTable } from '../../../src/view/table.ts';
import type { Bench, Measured } from './bench.ts';
import { tablesOf, withSection } from './bench-report.ts';
import { machineFacts } from './machine-facts.ts';

const folder = join(import.meta.dirname, '../../bench');
const pageFile = join(folder, 'README.md');

export const benchSpec: CommandSpec = {
  name: 'bench',
  summary: 'Measures how fast Slipway is, beside other ways in the same run. Exit code 1: a goal was missed.',
  options: {
    only: { type: 'text', value: '<name>', description: 'one bench (a file of test/bench/, without .ts)' },
    write: { type: 'flag', description: 'put the figures into test/bench/README.md' },
    json: baseOptions.json,
    help: baseOptions.help,
  },
};

export async function bench({ options, env, signal, print }: CommandContext): Promise<number> {
  const isJson = options.flags.has('json');
  const commands = new ZxCommandRunner({ env });
  let missed = 0;
  for (const name of await namesOf(options.texts.get('only'))) {
    const { bench: found } = (await import(join(folder, `${name}.ts`))) as { bench: Bench };
    const report = (text: string): void => {
      if (!isJson) process.stderr.write(`  ${name}: ${text}\n`);
    };
    const machine = await machineFacts({ commands, signal });
    const measured = await found.run({ signal, env, commands, report });
    if ('notMeasured' in measured) {
      print(
        isJson
          ? JSON.stringify({ bench: name, ...measured })
          : `${found.title}: not measured: ${measured.notMeasured}\n`,
      );
      continue;
    }
    const date = new Date().toISOString();
    missed += measured.goals.filter(({ isMet }) => !isMet).length;
    print(
      isJson
        ? JSON.stringify({ bench: name, at: date, machine, ...measured })
        : textOf(found.title, measured),
    );
    if (options.flags.has('write')) {
      const record = { name, title: found.title, measured, machine, date: date.slice(0, 10) };
      await writeFile(pageFile, withSection(await readFile(pageFile, 'utf8'), record));
    }
  }
  return missed === 0 ? 0 : 1;
}

async function namesOf(only: string | undefined): Promise<string[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.ts'));
  const names = files.map((file) => file.slice(0, -'.ts'.length)).sort();
  if (only === undefined) return names;
  if (names.includes(only)) return [only];
  throw new Failure('usage', `bench: there is no bench called '${only}'`, {
    hint: `There are: ${names.join(', ')}.`,
  });
}

function textOf(title: string, measured: Measured): string {
  const goals = measured.goals.map(({ text, isMet }) => `${isMet ? 'met   ' : 'MISSED'}  ${text}\n`);
  return [
    `${title}\n`,
    ...tablesOf(measured).map((table) => `${table.title}\n${formatTable(table)}`),
    ...(goals.length === 0 ? [] : [goals.join('')]),
  ].join('\n');
}
