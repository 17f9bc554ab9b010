// Imports a config in any of its forms, on any Node that Slipway runs on.
//
//   .json .yaml .yml                                read and parsed
//   .cjs, .mjs, and .js and .ts of an ES module      by Node itself, which strips types from 22.18 on
//   all others                                      by jiti: TypeScript on older Nodes, ES modules in CommonJS projects

import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isBundled, packageFolder } from '../package-folder.ts';

export interface ImportedConfig {
  /** What it exports by default; undefined where nothing is. */
  readonly value: unknown;
  /** Absolute paths of the modules that only a loader of ours can tell of; undefined where Node imported them. */
  readonly files?: readonly string[];
}

const DATA = new Set(['.json', '.yaml', '.yml']);

/** In a box: a value with a method `then` would be awaited on its way, and might never come. */
export async function importConfig(configFile: string): Promise<ImportedConfig> {
  if (DATA.has(extname(configFile))) return { value: await readData(configFile), files: [configFile] };
  if (nodeImports(configFile)) {
    const module = (await import(pathToFileURL(configFile).href)) as { readonly default?: unknown };
    return { value: module.default };
  }
  return importWithJiti(configFile);
}

/** Whether Node imports the file as it is written. Decided before: a second try would run the config twice. */
export function nodeImports(configFile: string): boolean {
  const ending = extname(configFile);
  if (ending === '.cjs' || ending === '.mjs') return true;
  const stripsTypes = process.features.typescript === 'strip' || process.features.typescript === 'transform';
  if (/^\.m?ts$/.test(ending) && !stripsTypes) return false;
  return ending === '.mts' || isInEsModule(dirname(configFile));
}

/** By the nearest package.json, as Node tells it. */
function isInEsModule(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    const manifest = join(at, 'package.json');
    if (existsSync(manifest)) {
      try {
        return (JSON.parse(readFileSync(manifest, 'utf8')) as { type?: unknown }).type === 'module';
      } catch {
        return false;
      }
    }
    if (at === dirname(at)) return false;
  }
}

async function readData(configFile: string): Promise<unknown> {
  const text = await readFile(configFile, 'utf8');
  const value: unknown =
    extname(configFile) === '.json' ? JSON.parse(text) : (await import('yaml')).parse(text, { merge: true });
  // Names the schema for editors; it is none of ours.
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value ?? undefined;
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== '$schema'));
}

async function importWithJiti(configFile: string): Promise<ImportedConfig> {
  const { createJiti } = await import('jiti');
  // Where the project has not installed Slipway (npx), 'slipway' is this package.
  const alias = { slipway: join(packageFolder, isBundled ? 'dist/index.mjs' : 'src/index.ts') };
  const jiti = createJiti(configFile, { fsCache: false, moduleCache: true, interopDefault: false, alias });
  const module: { readonly default?: unknown } = await jiti.import(configFile);
  const files = Object.keys(jiti.cache).filter((file) => !file.includes('/node_modules/'));
  return { value: module.default, files: [...new Set([configFile, ...files])] };
}
