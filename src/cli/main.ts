// `slipway <command>`: what is said about all commands together, and the way to each of them.

import { closest } from 'fastest-levenshtein';
import { Failure } from '../failure.ts';
import { packageFolder } from '../package-folder.ts';
import { exitCodeOf } from '../exit-codes.ts';
import { printFailure } from '../view/print-failure.ts';
import { wantsColors } from '../view/open-view.ts';
import { commands, type Command } from './commands.ts';
import { completionScript } from './completion.ts';
import { formatHelp } from './option-spec.ts';
import { runCommand } from './run-command.ts';
import { asTyped, type Caller } from './as-typed.ts';

/**
 * Runs what a command line asks for, and ends the process with its exit code.
 * @param argv what follows the program: ['up', '--env', 'todo']
 */
export async function runSlipway(argv: readonly string[], caller: Caller): Promise<never> {
  const [first, ...rest] = argv;
  try {
    if (first !== undefined && commands.has(first)) {
      const { spec, main } = await commands.get(first)!();
      return await runCommand({ spec, main, argv: rest, caller });
    }
    process.stdout.write(await answer(first, rest, caller));
    process.exit(0);
  } catch (error) {
    printFailure(error, process.stderr, { colors: wantsColors(process.stderr, process.env) });
    process.exit(exitCodeOf(error));
  }
}

/** Everything but the commands themselves: help, version, completion. */
async function answer(first: string | undefined, rest: readonly string[], caller: Caller): Promise<string> {
  switch (first) {
    case '--version':
    case '-V':
    case 'version':
      return `${await ownVersion()}\n`;
    case 'completion':
      return completionScript(
        rest[0],
        (await loadAll()).map(({ spec }) => spec),
      );
    case undefined:
    case '--help':
    case '-h':
      return overview(await loadAll());
    case 'help':
      return rest[0] === undefined
        ? overview(await loadAll())
        : asTyped(formatHelp((await commandNamed(rest[0])).spec), caller);
    default:
      if (first.startsWith('-')) {
        throw new Failure('usage', `unknown option ${first}`, {
          hint: 'A command comes first: slipway --help.',
        });
      }
      await commandNamed(first);
      throw new Error(`${first} is a command that nobody runs`);
  }
}

async function commandNamed(name: string): Promise<Command> {
  const load = commands.get(name);
  if (load !== undefined) return load();
  throw new Failure('usage', `there is no command '${name}'`, {
    hint: `Did you mean ${closest(name, [...commands.keys()])}? slipway --help lists them.`,
  });
}

export function loadAll(): Promise<Command[]> {
  return Promise.all([...commands.values()].map((load) => load()));
}

/** One screen. */
export function overview(all: readonly Command[]): string {
  const rows = all.map(({ spec }) => [spec.name, firstSentence(spec.summary)] as const);
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    'Brings up a development environment on Kubernetes, keeps it in step with your edits, and takes it down.',
    '',
    'Usage: slipway <command> [options]',
    '',
    ...rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`),
    '',
    'slipway help <command> tells its options; slipway completion bash|zsh|fish completes them.',
    '',
  ].join('\n');
}

const firstSentence = (text: string): string => /^.*?[.:](?=\s|$)/.exec(text)?.[0].replace(/:$/, '.') ?? text;

/** Late and by hand: a file of JSON beside the bundle. */
async function ownVersion(): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  const manifest: unknown = JSON.parse(await readFile(`${packageFolder}/package.json`, 'utf8'));
  return String((manifest as { version?: unknown }).version);
}
