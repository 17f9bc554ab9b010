// A project of two small services in a temporary folder, with a cluster of its own: each answers with its answer.txt.

import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RunEvent } from '../../src/run/events.ts';
import type { ConfigInput } from '../../src/config/schema.ts';

const projectFolder = join(import.meta.dirname, '../..');
const template = join(import.meta.dirname, '../e2e/watched');

/** By service, the port of every node at which it answers. */
export const nodePorts = { alpha: 30080, beta: 30081 } as const;
export type ServiceName = keyof typeof nodePorts;
/** Port of this machine that is wanted to lead to alpha while watching. */
const FORWARD_PORT = 24_180;

export type SlipwayCommand = 'up' | 'watch' | 'plan' | 'status' | 'logs' | 'down';

type SecretInput = NonNullable<ConfigInput['environments'][string]['secrets']>[string];

export interface RunSetting {
  /** Options of Node itself. */
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export class WatchedProject implements AsyncDisposable {
  readonly folder: string;
  readonly clusterName = `slipway-watch-${randomBytes(3).toString('hex')}`;
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
    this.folder = join(root, 'project');
  }

  /** Where Slipway keeps all that it remembers. */
  get stateHome(): string {
    return join(this.#root, 'state');
  }

  /** What Slipway remembers of its cluster. */
  get stateFolder(): string {
    return join(this.stateHome, 'slipway', this.clusterName);
  }

  /** What its commands get besides the environment of the tests. */
  get env(): Readonly<Record<string, string>> {
    return { XDG_STATE_HOME: this.stateHome };
  }

  /** Gives alpha a Secret 'canary' with these keys, as variables: 'url-of-it' is URL_OF_IT. */
  async takeSecrets(keys: NonNullable<SecretInput['keys']>): Promise<void> {
    const variables = Object.keys(keys).map((key) => {
      const name = key.toUpperCase().replaceAll('-', '_');
      return `{name: ${name}, valueFrom: {secretKeyRef: {name: canary, key: ${key}}}}`;
    });
    const greeting = '{name: GREETING, value: {{ .Values.greeting | quote }}}';
    await this.edit('chart-alpha/templates/echo.yaml', greeting, [greeting, ...variables].join(', '));
    const environment = this.#environment();
    environment.secrets = { canary: { keys } };
    environment.releases['alpha']!.secrets = ['canary'];
    await this.#configure(environment);
  }

  static async make(): Promise<WatchedProject> {
    const project = new WatchedProject(await mkdtemp(join(tmpdir(), 'slipway-watch-')));
    const { folder } = project;
    await mkdir(folder);
    await cp(join(projectFolder, 'kind/cluster.yaml'), join(folder, 'cluster.yaml'));
    for (const name of ['alpha', 'beta'] as const) {
      await cp(join(template, 'app'), join(folder, name), { recursive: true });
      await cp(join(template, 'chart'), join(folder, `chart-${name}`), { recursive: true });
      await project.answer(name, 'first');
    }
    await project.write('greetings.ts', "export const greeting = 'hello';\n");
    await project.#configure(project.#environment());
    return project;
  }

  async #configure(environment: ConfigInput['environments'][string]): Promise<void> {
    const config: ConfigInput = { default: 'watched', environments: { watched: environment } };
    const text = JSON.stringify(config, null, 2).replaceAll('"GREETING"', 'greeting');
    await this.write(
      'slipway.config.ts',
      `import { greeting } from './greetings.ts';\nexport default ${text};\n`,
    );
  }

  write(path: string, text: string): Promise<void> {
    return writeFile(join(this.folder, path), text);
  }

  /** Replaces a text that has to be there. */
  async edit(path: string, from: string, to: string): Promise<void> {
    const text = await readFile(join(this.folder, path), 'utf8');
    if (!text.includes(from)) throw new Error(`${path} has no '${from}'`);
    await this.write(path, text.replace(from, to));
  }

  /** What the service is to answer from its next version on. */
  answer(service: ServiceName, text: string): Promise<void> {
    return this.write(`${service}/answer.txt`, `${text}\n`);
  }

  /** Starts a command of Slipway on it, as a person would. */
  run(
    command: SlipwayCommand,
    args: readonly string[] = [],
    { nodeArgs = [], env = {} }: RunSetting = {},
  ): SlipwayProcess {
    return new SlipwayProcess(
      spawn(
        process.execPath,
        [
          ...nodeArgs,
          join(projectFolder, 'scripts', `${command}.ts`),
          ...['--config', join(this.folder, 'slipway.config.ts'), '--json', ...args],
        ],
        {
          cwd: projectFolder,
          // A group of its own, as of a command in a terminal.
          detached: true,
          env: { ...process.env, ...this.env, ...env },
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      ),
    );
  }

  /** Takes the environment down, and the folder with it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode, stderr } = await this.run('down').ended;
    await rm(this.#root, { recursive: true, force: true });
    if (exitCode !== 0) throw new Error(`down ended with ${exitCode}: ${stderr}`);
  }

  #environment(): ConfigInput['environments'][string] {
    const names = ['alpha', 'beta'] as const;
    return {
      namespace: 'watched',
      cluster: { name: this.clusterName, config: 'cluster.yaml', ports: { http: 24_080, https: 24_443 } },
      policy: { onUp: 'report' },
      forwards: { alpha: { service: 'alpha', port: 80, localPort: FORWARD_PORT } },
      images: Object.fromEntries(
        names.map((name) => [
          name,
          { dockerfile: `${name}/Dockerfile`, context: name, bases: { BASE: 'node' } },
        ]),
      ),
      releases: Object.fromEntries(
        names.map((name) => [
          name,
          {
            chart: `chart-${name}`,
            images: { image: name },
            values: { nodePort: nodePorts[name], greeting: 'GREETING' },
          },
        ]),
      ),
    };
  }
}

export class SlipwayProcess {
  readonly events: RunEvent[] = [];
  /** When it has ended, however. */
  readonly ended: Promise<{ readonly exitCode: number | null; readonly stderr: string }>;
  /** What it has said there so far. */
  stderr = '';
  readonly #child: ChildProcess;
  readonly #listeners = new Set<() => void>();

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (this.stderr += chunk));
    createInterface({ input: child.stdout! }).on('line', (line) => {
      this.events.push(JSON.parse(line) as RunEvent);
      for (const listener of this.#listeners) listener();
    });
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exitCode) => resolve({ exitCode, stderr: this.stderr }));
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** The first event from index `from` on for which it is true; rejects when the process ends before it comes. */
  async next<T extends RunEvent>(is: (event: RunEvent) => event is T, from = 0): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<T>();
    const look = (): void => {
      const found = this.events.slice(from).find(is);
      if (found) resolve(found);
    };
    this.#listeners.add(look);
    look();
    const ended = this.ended.then(({ exitCode, stderr }) => {
      throw new Error(
        `it ended with ${exitCode} before that: ${stderr}\n${JSON.stringify(this.events.at(-1))}`,
      );
    });
    try {
      return await Promise.race([promise, ended]);
    } finally {
      this.#listeners.delete(look);
    }
  }

  /** As by Ctrl+C. */
  async stop(): Promise<{ readonly exitCode: number | null; readonly stderr: string }> {
    this.#child.kill('SIGINT');
    return this.ended;
  }
}
