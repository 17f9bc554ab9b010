// Pure: what shells complete of a slipway command line: commands, their options, and the values of options with choices.

import { Failure } from '../failure.ts';
import type { CommandSpec } from './option-spec.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** The script for a shell; how it is installed stands in its first lines. */
export function completionScript(shell: string | undefined, specs: readonly CommandSpec[]): string {
  if (shell === 'bash') return bash(specs);
  // zsh reads the script of bash by its own bashcompinit, so that the two cannot differ.
  if (shell === 'zsh') {
    return [
      '#compdef slipway',
      '# eval "$(slipway completion zsh)" in ~/.zshrc',
      ...zshPreamble,
      bash(specs),
    ].join('\n');
  }
  if (shell === 'fish') return fish(specs);
  throw new Failure(
    'usage',
    `completion: ${shell === undefined ? 'which shell?' : `no shell '${shell}' is known`}`,
    {
      hint: `It takes one of: ${shells.join(', ')}. For bash: eval "$(slipway completion bash)"`,
    },
  );
}

const zshPreamble = ['autoload -Uz compinit bashcompinit', 'compinit', 'bashcompinit'];

function bash(specs: readonly CommandSpec[]): string {
  const cases = specs.map(({ name, options }) => {
    const words = Object.keys(options).map((option) => `--${option}`);
    return `    ${name}) words='${words.join(' ')}' ;;`;
  });
  const values = [...choicesOf(specs)].map(
    ([option, choices]) => `    --${option}) words='${choices.join(' ')}' ;;`,
  );
  return [
    '# eval "$(slipway completion bash)" in ~/.bashrc',
    '_slipway() {',
    `  local words='${[...specs.map(({ name }) => name), 'help', 'completion'].join(' ')}'`,
    '  local current=${COMP_WORDS[COMP_CWORD]}',
    '  if [ "$COMP_CWORD" -gt 1 ]; then',
    '    case ${COMP_WORDS[1]} in',
    ...cases.map((line) => `  ${line}`),
    '      help) ;;',
    `      completion) words='${shells.join(' ')}' ;;`,
    "      *) words='' ;;",
    '    esac',
    '    case ${COMP_WORDS[COMP_CWORD-1]} in',
    ...values.map((line) => `  ${line}`),
    '      --config) COMPREPLY=($(compgen -f -- "$current")); return ;;',
    '    esac',
    '  fi',
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '}',
    'complete -F _slipway slipway',
    '',
  ].join('\n');
}

function fish(specs: readonly CommandSpec[]): string {
  const quoted = (text: string): string =>
    `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
  const lines = specs.flatMap(({ name, summary, options }) => [
    `complete -c slipway -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ...Object.entries(options).map(([option, { description, short, type, choices }]) =>
      [
        `complete -c slipway -n '__fish_seen_subcommand_from ${name}' -l ${option}`,
        ...(short === undefined ? [] : [`-s ${short}`]),
        ...(type === 'flag' ? [] : [option === 'config' ? '-r -F' : '-x']),
        ...(choices === undefined ? [] : [`-a ${quoted(choices.join(' '))}`]),
        `-d ${quoted(description)}`,
      ].join(' '),
    ),
  ]);
  return [
    '# slipway completion fish > ~/.config/fish/completions/slipway.fish',
    'complete -c slipway -f',
    ...lines,
    `complete -c slipway -n '__fish_seen_subcommand_from completion' -a '${shells.join(' ')}'`,
    '',
  ].join('\n');
}

function choicesOf(specs: readonly CommandSpec[]): Map<string, readonly string[]> {
  return new Map(
    specs.flatMap(({ options }) =>
      Object.entries(options).flatMap(([name, { choices }]) =>
        choices === undefined ? [] : [[name, choices] as const],
      ),
    ),
  );
}
