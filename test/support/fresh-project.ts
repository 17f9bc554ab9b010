// A project outside this repository that has Slipway from the tarball of `npm pack`, as its users have it: of one service
// that answers with answer.txt, without anything that Slipway does not ask for.

import { execFile, spawn } from 'node:child_process';
import { chown, cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import type { ConfigInput } from '../../src/config/schema.ts';
import { SlipwayProcess } from './watched-project.ts';

const run = promisify(execFile);
const template = join(import.meta.dirname, '../e2e/watched');

/** Who runs the commands of a project; absent for whoever runs the tests. */
export interface Person {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

export interface ProjectKind {
  /** Of its folder. */
  readonly folder: string;
  /** What package.json says besides a name; absent where there is none. */
  readonly manifest?: object;
  readonly configName: string;
  configText(config: object): string;
  /** What puts the tarball into the project, where anything does. */
  install?(tarball: string): readonly string[];
  /** What comes before the arguments of slipway. */
  start(tarball: string): readonly string[];
  readonly asOther?: true;
}

const data = (config: object): string => JSON.stringify(config, null, 2);

/** The four of them. */
export const projectKinds: readonly ProjectKind[] = [
  {
    folder: 'commonjs-npm',
    manifest: { type: 'commonjs' },
    configName: 'slipway.config.ts',
    configText: (config) =>
      `import { defineConfig, type Config } from 'slipway';\nconst config: Config = ${data(config)};\nexport default defineConfig(config);\n`,
    install: (tarball) => ['npm', 'install', '--no-audit', '--no-fund', '--save-dev', tarball],
    start: () => ['npx', '--no-install', 'slipway'],
  },
  {
    folder: 'esm-pnpm',
    manifest: { type: 'module' },
    configName: 'slipway.config.js',
    configText: (config) =>
      `import { defineConfig } from 'slipway';\nexport default defineConfig(${data(config)});\n`,
    install: (tarball) => ['pnpm', 'add', '--save-dev', tarball],
    start: () => ['pnpm', 'exec', 'slipway'],
  },
  {
    folder: 'no-manifest',
    configName: 'slipway.config.yaml',
    configText: (config) => stringify(config),
    start: (tarball) => ['npx', '--yes', '--package', tarball, 'slipway'],
  },
  {
    folder: 'my shop (of another user)',
    manifest: {},
    configName: 'slipway.config.json',
    configText: (config) => data(config),
    install: (tarball) => ['npm', 'install', '--no-audit', '--no-fund', '--save-dev', tarball],
    start: () => ['npx', '--no-install', 'slipway'],
    asOther: true,
  },
];

export interface FreshOptions {
  readonly kind: ProjectKind;
  /** Everything of the project lies below it. */
  readonly root: string;
  readonly tarball: string;
  /** Folders of programs (node, npm, pnpm) that go before those of this machine. */
  readonly programs: readonly string[];
  readonly person?: Person | undefined;
  /** Where artifacts are kept; the user's own where absent. */
  readonly cacheHome?: string | undefined;
}

export class FreshProject {
  readonly folder: string;
  readonly #options: FreshOptions;

  private constructor(options: FreshOptions) {
    this.#options = options;
    this.folder = join(options.root, options.kind.folder);
  }

  static async make(options: FreshOptions): Promise<FreshProject> {
    const project = new FreshProject(options);
    const { kind, person } = options;
    await mkdir(project.folder, { recursive: true });
    await cp(join(template, 'app'), join(project.folder, 'app'), { recursive: true });
    await cp(join(template, 'chart'), join(project.folder, 'chart'), { recursive: true });
    await project.answer('first');
    if (kind.manifest !== undefined)
      await writeFile(
        join(project.folder, 'package.json'),
        data({ name: 'shop', private: true, ...kind.manifest }),
      );
    await writeFile(join(project.folder, kind.configName), kind.configText(project.#config()));
    if (person !== undefined) {
      for (const path of await readdir(options.root, { recursive: true }))
        await chown(join(options.root, path), person.uid, person.gid);
      await chown(options.root, person.uid, person.gid);
    }
    const install = kind.install?.(options.tarball);
    if (install !== undefined) {
      const [program = '', ...args] = install;
      await run(program, args, { cwd: project.folder, ...project.#setting() });
    }
    return project;
  }

  async answer(text: string): Promise<void> {
    await writeFile(join(this.folder, 'app/answer.txt'), `${text}\n`);
  }

  /** Starts a command as its person would, in the folder of the sources. */
  slipway(command: string, ...args: readonly string[]): SlipwayProcess {
    const [program = '', ...before] = this.#options.kind.start(this.#options.tarball);
    return new SlipwayProcess(
      spawn(program, [...before, command, '--json', ...args], {
        cwd: join(this.folder, 'app'),
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        ...this.#setting(),
      }),
    );
  }

  /** Ctrl+C: everything that runs in the terminal gets it, and the package manager in front of slipway, too. */
  async interrupt(command: SlipwayProcess): Promise<void> {
    process.kill(-command.pid, 'SIGINT');
    await command.ended;
  }

  /** What a command of a person prints. */
  async said(...args: readonly string[]): Promise<string> {
    const [program = '', ...before] = this.#options.kind.start(this.#options.tarball);
    const { stdout } = await run(program, [...before, ...args], { cwd: this.folder, ...this.#setting() });
    return stdout;
  }

  /** What lies in the project besides its own files and what the package manager has put there. */
  async leftOver(): Promise<string[]> {
    const own = new Set(['app', 'chart', 'package.json', this.#options.kind.configName]);
    const managers = new Set(['node_modules', 'package-lock.json', 'pnpm-lock.yaml']);
    return (await readdir(this.folder)).filter((name) => !own.has(name) && !managers.has(name));
  }

  /** Of the clusters that it has or had: state that is not shared by all. */
  async stateLeft(): Promise<string[]> {
    const lasting = new Set(['traces', 'engine', 'authority']);
    const names = await readdir(join(this.#options.root, 'state/slipway')).catch(() => []);
    const left: string[] = [];
    for (const name of names.filter((each) => !lasting.has(each)))
      left.push(
        ...(await readdir(join(this.#options.root, 'state/slipway', name))).map((file) => `${name}/${file}`),
      );
    return left;
  }

  async remove(): Promise<void> {
    await rm(this.#options.root, { recursive: true, force: true });
  }

  #setting(): { readonly env: NodeJS.ProcessEnv; readonly uid?: number; readonly gid?: number } {
    const { programs, root, person, cacheHome } = this.#options;
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      PATH: [...programs, process.env['PATH'] ?? ''].join(delimiter),
      XDG_STATE_HOME: join(root, 'state'),
      // As in a terminal of one's own: npm of the tests leaves its own settings here.
      ...Object.fromEntries(
        Object.keys(process.env)
          .filter((name) => /^npm_/i.test(name))
          .map((name) => [name, undefined]),
      ),
      ...(cacheHome === undefined ? {} : { XDG_CACHE_HOME: cacheHome }),
    };
    if (person === undefined) return { env };
    return { env: { ...env, HOME: person.home, USER: 'other' }, uid: person.uid, gid: person.gid };
  }

  #config(): ConfigInput {
    return {
      default: 'dev',
      environments: {
        dev: {
          namespace: 'shop',
          // The next free ones, where these are taken.
          cluster: { ports: { http: 26_080, https: 26_443 } },
          policy: { onUp: 'report' },
          forwards: { shop: { service: 'shop', port: 80 } },
          images: { shop: { dockerfile: 'app/Dockerfile', context: 'app', bases: { BASE: 'node' } } },
          releases: { shop: { chart: 'chart', images: { image: 'shop' } } },
        },
      },
    };
  }
}

/** The folder of npm's own programs, by a Node that is asked for by version. */
export async function installNode(version: string, into: string): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`;
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefix', into, `${name}@${version}`]);
  return join(into, 'node_modules', name, 'bin');
}

/** One tarball in the folder. */
export async function packSlipway(projectFolder: string, into: string): Promise<string> {
  await run('npm', ['pack', '--pack-destination', into], { cwd: projectFolder, maxBuffer: 64 * 1024 * 1024 });
  const [tarball, ...others] = (await readdir(into)).filter((name) => name.endsWith('.tgz'));
  if (tarball === undefined || others.length > 0) throw new Error(`not one tarball in ${into}`);
  return join(into, tarball);
}

export async function sizeMegabytes(file: string): Promise<number> {
  return (await stat(file)).size / 1e6;
}

export async function packedPaths(tarball: string): Promise<string[]> {
  const { stdout } = await run('tar', ['--list', '--file', tarball], { maxBuffer: 64 * 1024 * 1024 });
  return stdout.split('\n').filter(Boolean);
}

export async function versionIn(projectFolder: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(projectFolder, 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
