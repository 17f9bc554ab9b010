// What the documents say can be run, and what they show as a config is one.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addonCatalog } from '../../src/addons/addon-catalog.ts';
import { commands } from '../../src/cli/commands.ts';
import { parseOptions } from '../../src/cli/option-spec.ts';
import { validateConfig } from '../../src/config/validate.ts';

const root = join(import.meta.dirname, '../..');
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)];
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');
const scripts = new Set(Object.keys((JSON.parse(textOf('package.json')) as { scripts: object }).scripts));

function blocks(page: string, language: string): string[] {
  return [...textOf(page).matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(
    (match) => match[1]!,
  );
}

test('the README has at most 150 lines', () => {
  expect(textOf('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(150);
});

describe('every command line', () => {
  const inBlocks = pages.flatMap((page) =>
    blocks(page, 'sh').flatMap((block) => block.split('\n').map((line) => [page, line] as const)),
  );
  // In running text: `npm run down -- --now`, `slipway logs web --follow`.
  const inText = pages.flatMap((page) =>
    [...textOf(page).matchAll(/`((?:npx slipway|slipway|npm run) [^`\n]+)`/g)].map(
      (match) => [page, match[1]!] as const,
    ),
  );
  const lines = [...inBlocks, ...inText]
    .map(([page, line]) => [page, line.replace(/\s+#.*$/, '').trim()] as const)
    .filter(([, line]) => /^(npx slipway|slipway|npm run|npm test)\b/.test(line))
    // '…' and '|' stand for a choice.
    .filter(([, line]) => !/[…|]|slipway (help|completion|--)/.test(line));

  test('is found', () => expect(lines.length).toBeGreaterThan(20));

  test.each(lines)('of %s is one that there is: %s', async (_page, line) => {
    const words = line.replace(/^(npx )?slipway |^npm run (--silent )?/, '').split(/\s+/);
    const [name = '', ...rest] = words[0] === 'npm' ? ['test'] : words;
    if (line.startsWith('npm')) expect(scripts).toContain(name);
    const load = commands.get(name);
    if (load === undefined) {
      expect(line).toMatch(/^npm/);
      return;
    }
    const { spec } = await load();
    const args = rest.filter((word) => word !== '--' && word !== '>' && !word.endsWith('.json'));
    expect(() => parseOptions(spec, args, (word) => word)).not.toThrow();
  });
});

describe('every config', () => {
  const whole = pages.flatMap((page) =>
    blocks(page, 'ts')
      .filter((text) => text.includes('export default'))
      .map((text) => [page, text] as const),
  );

  test('is found', () => expect(whole.length).toBeGreaterThan(0));

  test.each(whole)('of %s is valid', (_page, text) => {
    const data = text.replace(/^import .*$/gm, '').replace(/export default (defineConfig\()?/, 'return (');
    const closed = /defineConfig\(/.test(text) ? data : data.trimEnd().replace(/;?$/, ');');
    const config = new Function(closed)() as unknown;
    expect(validateConfig(config, [...addonCatalog.keys()]).problems).toEqual([]);
  });
});
