// Pure: the options that commands take, parsed with the nearest match named when one is not known.

import { Failure } from '../failure.ts';

export interface OptionSpec {
  readonly type: 'flag' | 'text' | 'number';
  readonly description: string;
  /** One letter: 'v' for -v. */
  readonly short?: string;
  /** For the help: '<name>'. */
  readonly value?: string;
  readonly choices?: readonly string[];
}

export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Names of the positional arguments, for the help: ['<service>']. */
  readonly positionals?: readonly string[];
  readonly examples?: readonly string[];
}

export interface ParsedOptions {
  readonly flags: ReadonlySet<string>;
  readonly texts: ReadonlyMap<string, string>;
  readonly positionals: readonly string[];
}

/** Options that every command has. */
export const baseOptions = {
  env: { type: 'text', value: '<name>', description: "environment of the config (its 'default' if absent)" },
  config: { type: 'text', value: '<file>', description: 'config file (slipway.config.ts)' },
  adopt: {
    type: 'flag',
    description: 'takes over what was made when the project lay in another folder, or by another worktree',
  },
  json: { type: 'flag', description: 'one JSON object per line on standard output' },
  help: { type: 'flag', description: 'show this text' },
} as const satisfies Record<string, OptionSpec>;

/** `nearest` finds the most similar of some words; it is passed in so that this file needs no package. */
export function parseOptions(
  spec: CommandSpec,
  argv: readonly string[],
  nearest: (word: string, words: readonly string[]) => string,
): ParsedOptions {
  const flags = new Set<string>();
  const texts = new Map<string, string>();
  const positionals: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index]!;
    if (!argument.startsWith('-') || argument === '-') {
      positionals.push(argument);
      continue;
    }
    const [name, inline] = splitOption(longForm(spec, argument));
    const option =
      longForm(spec, argument).startsWith('--') && Object.hasOwn(spec.options, name)
        ? spec.options[name]
        : undefined;
    if (!option) {
      const like = nearest(name, Object.keys(spec.options));
      throw new Failure('usage', `${spec.name}: unknown option ${argument}`, {
        hint: `Did you mean --${like}? See --help.`,
      });
    }
    if (option.type === 'flag') {
      if (inline !== undefined) throw new Failure('usage', `${spec.name}: --${name} takes no value`);
      flags.add(name);
      continue;
    }
    const value = inline ?? argv[++index];
    if (value === undefined || value === '')
      throw new Failure('usage', `${spec.name}: --${name} needs a value ${option.value ?? ''}`);
    texts.set(name, checkValue(spec, name, option, value));
  }
  const most = spec.positionals?.length ?? 0;
  if (positionals.length > most) {
    throw new Failure('usage', `${spec.name}: unexpected argument '${positionals[most]}'`, {
      hint: 'See --help.',
    });
  }
  return { flags, texts, positionals };
}

export function formatHelp(spec: CommandSpec): string {
  const rows = Object.entries(spec.options).map(([name, option]): [string, string] => [
    `${option.short ? `-${option.short}, ` : ''}--${name}${option.value ? ` ${option.value}` : ''}`,
    option.choices ? `${option.description} (${option.choices.join(' | ')})` : option.description,
  ]);
  const width = Math.max(...rows.map(([left]) => left.length));
  const positionals = spec.positionals?.length ? ` ${spec.positionals.join(' ')}` : '';
  return [
    spec.summary,
    '',
    `Usage: slipway ${spec.name} [options]${positionals}`,
    '',
    ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`),
    ...(spec.examples?.length ? ['', 'Examples:', ...spec.examples.map((example) => `  ${example}`)] : []),
    '',
  ].join('\n');
}

/** '--verbose' for '-v'. */
function longForm({ options }: CommandSpec, argument: string): string {
  const found = Object.entries(options).find(
    ([, { short }]) => short !== undefined && argument === `-${short}`,
  );
  return found === undefined ? argument : `--${found[0]}`;
}

function splitOption(argument: string): [string, string | undefined] {
  const bare = argument.replace(/^-+/, '');
  const equals = bare.indexOf('=');
  return equals < 0 ? [bare, undefined] : [bare.slice(0, equals), bare.slice(equals + 1)];
}

function checkValue(spec: CommandSpec, name: string, option: OptionSpec, value: string): string {
  if (option.choices && !option.choices.includes(value)) {
    throw new Failure('usage', `${spec.name}: --${name} takes ${option.choices.join(', ')}, not '${value}'`);
  }
  if (option.type === 'number' && !/^\d+$/.test(value)) {
    throw new Failure('usage', `${spec.name}: --${name} takes a whole number, not '${value}'`);
  }
  return value;
}
