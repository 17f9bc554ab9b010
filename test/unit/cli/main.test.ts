import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { commands } from '../../../src/cli/commands.ts';
import { completionScript, shells } from '../../../src/cli/completion.ts';
import { loadAll, overview } from '../../../src/cli/main.ts';
import { failureOf } from '../../support/failure-of.ts';

const specs = (await loadAll()).map(({ spec }) => spec);

test('every command is found under the name that its own help gives', () => {
  expect(specs.map(({ name }) => name)).toEqual([...commands.keys()]);
});

test('the help of all commands fits one screen of 24 lines of 120 characters, and names each', async () => {
  const lines = overview(await loadAll()).split('\n');
  expect(lines.length).toBeLessThanOrEqual(24);
  expect(lines.filter((line) => line.length > 120)).toEqual([]);
  for (const name of commands.keys()) expect(lines.some((line) => line.startsWith(`  ${name} `))).toBe(true);
});

describe('completion', () => {
  /** What bash offers for a line whose last word is being typed. */
  function offered(...words: string[]): string[] {
    const script = [
      completionScript('bash', specs),
      `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})`,
      `COMP_CWORD=${words.length - 1}`,
      '_slipway',
      String.raw`printf '%s\n' "\${COMPREPLY[@]}"`.replaceAll('\\$', '$'),
    ].join('\n');
    return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\n').filter(Boolean);
  }

  test('in bash offers commands, the options of each, and the values of options with choices', () => {
    expect(offered('slipway', 'd')).toEqual(['down', 'doctor']);
    expect(offered('slipway', 'down', '--k')).toEqual(['--keep-cluster', '--keep-images']);
    expect(offered('slipway', 'up', '--images', '')).toEqual(['auto', 'registry', 'packages']);
    expect(offered('slipway', 'completion', '')).toEqual([...shells]);
  });

  test('in zsh is that of bash, and in fish a line for each option', () => {
    expect(completionScript('zsh', specs)).toContain(completionScript('bash', specs));
    const fish = completionScript('fish', specs).split('\n');
    for (const { name, options } of specs)
      for (const option of Object.keys(options))
        expect(
          fish.filter((line) => line.includes(`seen_subcommand_from ${name}' -l ${option} `)),
        ).toHaveLength(1);
  });

  test('for another shell says which there are', async () => {
    const failure = await failureOf((async () => completionScript('tcsh', specs))());
    expect(failure).toMatchObject({ code: 'usage', hint: expect.stringContaining('bash, zsh, fish') });
  });
});
