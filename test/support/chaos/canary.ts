// Secrets that can be told from all else, and the search for them in everything that commands leave or show.

import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../until.ts';
import type { ChaosProject } from './chaos-project.ts';

const preload = join(import.meta.dirname, 'record-programs.ts');
const scripts = join(import.meta.dirname, '../../../scripts');

/** The application tells its secrets, as bad ones do, in three forms, and dies of it where it is told to. */
const TELL = `const { TOKEN = '', URL_OF_IT = '', PASSWORD = '' } = process.env;
for (const secret of [TOKEN, URL_OF_IT, PASSWORD])
  console.log(\`it is \${secret} \${btoa(secret)} \${encodeURIComponent(secret)}\`);
`;

/** Registers the tests. They need an environment that is up, and leave one up. */
export function canary(use: () => ChaosProject): void {
  test('no command shows, stores or hands on a secret, whatever the application tells', async () => {
    const { project } = use();
    const token = `canary+${randomBytes(9).toString('hex')}`;
    const folder = await mkdtemp(join(tmpdir(), 'slipway-canary-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const programs = join(folder, 'programs');
    /** Of commands that read no config: what is secret in the environment, they cannot know. */
    const configless = join(folder, 'configless');
    const shown: string[] = [];

    async function run(command: string, ...args: readonly string[]): Promise<number | null> {
      return follow(command, args, async () => undefined);
    }

    async function succeed(command: string, ...args: readonly string[]): Promise<void> {
      const exitCode = await run(command, ...args);
      expect({ exitCode, shown: shown.at(-1) }).toMatchObject({ exitCode: 0 });
    }

    /** `act` does something with a command that goes on until it is stopped. */
    async function follow(
      command: string,
      args: readonly string[],
      act: (child: ChildProcess, told: () => string) => Promise<void>,
    ): Promise<number | null> {
      const readsConfig = !['doctor', 'trust', 'trace', 'prune', 'materials'].includes(command);
      const config = readsConfig ? ['--config', join(project.folder, 'slipway.config.ts')] : [];
      const child = spawn(
        process.execPath,
        ['--import', preload, join(scripts, `${command}.ts`), ...config, ...args],
        {
          stdio: ['ignore', 'pipe', 'pipe'],
          env: {
            ...process.env,
            ...project.env,
            CANARY: token,
            SLIPWAY_TEST_PROGRAMS: readsConfig ? programs : configless,
          },
        },
      );
      onTestFinished(() => void child.kill());
      let told = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => void (told += text));
      const closed = once(child, 'close') as Promise<[number | null]>;
      await act(child, () => told);
      const [exitCode] = await closed;
      shown.push(`$ ${command} ${args.join(' ')}\n${told}`);
      return exitCode;
    }

    await project.takeSecrets({
      token: { fromEnv: 'CANARY' },
      password: { generate: { bytes: 18 } },
      'url-of-it': { template: 'postgres://it:{{password}}@host/{{token}}' },
    });
    await project.edit('alpha/server.mjs', 'const answer', `${TELL}const answer`);
    await succeed('up');
    await run('up');
    for (const args of [['--json', '--all'], ['--all']]) await run('plan', ...args);
    for (const args of [[], ['--json']]) await run('status', ...args);
    for (const args of [['alpha'], ['alpha', '--json'], ['all']]) await run('logs', ...args);
    await run('doctor');
    await run('check');
    await run('trace');
    await run('trust');
    for (const args of [['--all'], ['--json']]) await run('materials', ...args);
    await project.answer('alpha', 'crash');
    expect(await run('up')).toBe(1);
    expect(shown.at(-1)).toContain('told to crash');
    await project.answer('alpha', 'well again');
    const watched = await follow('watch', ['--json'], async (child, told) => {
      await until('it watches', async () => told().includes('"type":"watch-started"'));
      await project.answer('alpha', 'watched');
      await until('a change is served', async () => told().includes('"outcome":"served"'));
      child.kill('SIGINT');
    });
    expect(watched).toBe(0);
    await run('prune', '--dry-run');
    await succeed('down', '--keep-cluster');
    await succeed('up', '--json');

    const { signal } = new AbortController();
    const reference = { apiVersion: 'v1', kind: 'Secret', name: 'canary', namespace: 'watched' };
    const data = (await (await use().connect()).get(reference, signal))!['data'] as Record<string, string>;
    const secrets = Object.values(data).map((value) => Buffer.from(value, 'base64').toString());
    expect(secrets).toContain(token);
    // The log has told it: a search that finds nothing has something to find.
    expect(shown.join('\n')).toContain('it is ‹secret› ‹secret› ‹secret›');

    const places = new Map([
      ...shown.map((output) => [output.split('\n')[0]!, output] as const),
      ['arguments and environment of programs', await readFile(programs, 'utf8')],
      ['arguments of programs', (await readFile(configless, 'utf8')).replaceAll(/"environment":.*/g, '')],
      ...(await filesIn(project.stateHome)),
    ]);
    expect(places.size).toBeGreaterThan(15);
    const forms = secrets.flatMap((secret) => [
      ...[secret, btoa(secret), encodeURIComponent(secret)],
      Buffer.from(secret).toString('base64url'),
    ]);
    const told = [...places].flatMap(([place, content]) =>
      forms.flatMap((form) => {
        const at = content.indexOf(form);
        return at < 0 ? [] : [`${place}: …${content.slice(Math.max(0, at - 60), at)}`];
      }),
    );
    expect(told).toEqual([]);
  });
}

/** Journal, traces, records, sizes: all that Slipway remembers. */
async function filesIn(folder: string): Promise<(readonly [string, string])[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(
        async ({ parentPath, name }) =>
          [join(parentPath, name), await readFile(join(parentPath, name), 'utf8')] as const,
      ),
  );
}
