// Commands in a checkout, with a config and with folders whose paths hold what other things are made of.

import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { trustAdvice } from '../../../src/certificates/trust-advice.ts';
import { describeAccess, kubeconfigCommand } from '../../../src/up/describe-access.ts';
import { readConfigModule } from '../../../src/config/read-config-module.ts';
import type { EnvironmentRun } from '../../../src/up/environment-run.ts';
import { failureOf } from '../../support/failure-of.ts';
import { smallEnvironment } from '../../support/small-environment.ts';

const checkout = join(import.meta.dirname, '../../..');
const ODD = [
  'a b',
  'a#b',
  'a?b=c',
  '%41%2e%',
  'a:b',
  "it's",
  'say "x"',
  '$HOME `id`',
  'a;b&c|d',
  '-n',
  'Ünï©',
  'a\nb',
  '(1)[2]{3}',
  'a,b',
  'a\\b',
  '!x',
  '~',
];
/** Node refuses to import from below a backslash. */
const IMPORTABLE = ODD.filter((name) => !name.includes('\\'));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-odd-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(ODD)('a folder named %j', (name) => {
  test('may hold the state: commands that are shown are read back by a shell', async () => {
    const file = join('/state', name, 'kubeconfig');
    const run = {
      environment: smallEnvironment(),
      kubeconfigFile: file,
      ports: [],
    } as unknown as EnvironmentRun;
    const said = async (line: string, tail: string): Promise<string> => {
      const script = `kubectl() { printf '%s\\n' "$2"; }; curl() { printf '%s\\n' "$2"; }; ${line}${tail}`;
      const { stdout } = await promisify(execFile)('bash', ['-O', 'expand_aliases', '-c', script], {
        env: {},
      });
      return stdout.slice(0, -1);
    };
    expect(await said(describeAccess(run, '').summary[0]!, '')).toBe(file);
    if (name.includes(':')) expect(await said(kubeconfigCommand(file), '\nkubectl x')).toBe(file);
    else expect(await said(kubeconfigCommand(file), '; printf "%s\\n" "$KUBECONFIG"')).toBe(file);
    const advice = trustAdvice(file).find((one) => one.for === 'curl')!;
    expect(await said(advice.how.replace(/ https.*$/, ''), '')).toBe(file);
  });
});

test('a config may lie in any of them, and import what lies beside it', async () => {
  const files = await Promise.all(
    IMPORTABLE.map(async (name) => {
      const here = join(folder, 'configs', name);
      await mkdir(here, { recursive: true });
      await writeFile(join(here, `${name}.part.ts`), 'export const part: number = 1;');
      const specifier = JSON.stringify(`./${encodeURIComponent(`${name}.part.ts`)}`);
      const file = join(here, `${name}.config.ts`);
      await writeFile(file, `import { part } from ${specifier};\nexport default { part };\n`);
      return [file, join(here, `${name}.part.ts`)] as const;
    }),
  );
  // In a process of its own: the one of these tests imports in another way than Node.
  const script = `
    import { readConfigModule } from ${JSON.stringify(join(checkout, 'src/config/read-config-module.ts'))};
    import { readFreshConfig } from ${JSON.stringify(join(checkout, 'src/config/read-config-afresh.ts'))};
    const signal = AbortSignal.timeout(20_000);
    const read = async ([file]) => [await readConfigModule(file), await readFreshConfig(file, signal)];
    console.log(JSON.stringify(await Promise.all(${JSON.stringify(files)}.map(read))));
  `;
  const runner = join(folder, 'read.mjs');
  await writeFile(runner, script);
  const { stdout } = await promisify(execFile)(process.execPath, [runner]);
  expect(JSON.parse(stdout)).toEqual(
    files.map((both) => [{ part: 1 }, { config: { part: 1 }, files: both }]),
  );
}, 60_000);

test('a config below a backslash, which Node imports nothing from, is a problem of the config', async () => {
  const here = join(folder, 'a\\b');
  await mkdir(here, { recursive: true });
  await writeFile(join(here, 'slipway.config.ts'), 'export default {};');
  const failure = await failureOf(readConfigModule(join(here, 'slipway.config.ts')));
  expect(failure.code).toBe('config');
});

describe('a checkout', () => {
  // What no file system or no PATH can have is left out; one start for all the others together.
  const name = IMPORTABLE.join('_');

  test('starts a command wherever it lies, by npm and with another Node on PATH', async () => {
    const here = join(folder, name);
    await mkdir(join(here, 'node_modules'), { recursive: true });
    for (const path of ['package.json', 'src', 'scripts', 'slipway.config.ts', 'charts', 'kind'])
      await cp(join(checkout, path), join(here, path), { recursive: true });
    for (const path of ['.bin', 'zod', 'picocolors', 'fastest-levenshtein', 'listr2', 'cli-table3', 'yaml'])
      await symlink(join(checkout, 'node_modules', path), join(here, 'node_modules', path)).catch(
        () => undefined,
      );
    const { stdout, stderr } = await promisify(execFile)('node', [join(here, 'scripts/start.mjs'), 'trace'], {
      env: { ...process.env, XDG_STATE_HOME: join(here, 'state'), NO_COLOR: '1' },
    });
    expect(stderr).toBe('');
    expect(stdout).toBe('No run that did something yet.\n');
  }, 60_000);
});
