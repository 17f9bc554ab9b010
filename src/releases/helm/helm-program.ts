// Runs the helm program, apart from the user's own repositories, plugins and settings.
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Failure } from '../../failure.ts';
import type { CommandRunner } from '../../process/command-runner.ts';
import { isTooLarge, tooLargeFailure } from '../chart/chart-size.ts';
import {
  hintOfForeignObject,
  isForeignObject,
  readHelmError,
  readLintErrors,
  readSchemaViolations,
} from './helm-messages.ts';
import type { ReleaseSpec } from '../release-store.ts';

export interface HelmProgramOptions {
  readonly commands: CommandRunner;
  /** Gives the path of helm 3.14 or later. */
  readonly helm: () => Promise<string>;
  readonly kubeconfigFile: string;
  /** helm's own caches go into a folder of their own below it. */
  readonly cacheFolder: string;
}

/** Of one helm process, beside the hooks that it waits for. */
const TIMEOUT_MS = 5 * 60_000;

// What a user's shell may set, and what would send helm elsewhere.
const FOREIGN = [
  'HELM_DEBUG',
  'HELM_KUBEAPISERVER',
  'HELM_KUBEASGROUPS',
  'HELM_KUBEASUSER',
  'HELM_KUBECAFILE',
  'HELM_KUBECONTEXT',
  'HELM_KUBEINSECURE_SKIP_TLS_VERIFY',
  'HELM_KUBETLS_SERVER_NAME',
  'HELM_KUBETOKEN',
  'HELM_MAX_HISTORY',
  'HELM_NAMESPACE',
  'HELM_PLUGINS',
  'HELM_REGISTRY_CONFIG',
  'HELM_REPOSITORY_CACHE',
  'HELM_REPOSITORY_CONFIG',
  'KUBECONFIG',
];

/** What went wrong with a chart or a release, in terms of what was asked for. */
export interface HelmPurpose {
  /** 'install release backend' */
  readonly doing: string;
  readonly code: 'chart' | 'release';
  /** So long it may wait for hooks; 5 min if absent. */
  readonly hooksWithinMs?: number | undefined;
}

export class HelmProgram {
  readonly #options: HelmProgramOptions;
  readonly #env: Readonly<Record<string, string | undefined>>;
  #version: Promise<number> | undefined;

  constructor(options: HelmProgramOptions) {
    this.#options = options;
    const own = join(options.cacheFolder, 'helm');
    this.#env = {
      ...Object.fromEntries(FOREIGN.map((name) => [name, undefined])),
      HELM_CACHE_HOME: join(own, 'cache'),
      HELM_CONFIG_HOME: join(own, 'config'),
      HELM_DATA_HOME: join(own, 'data'),
      HELM_DRIVER: 'secret',
    };
  }

  /** 3 or 4. */
  majorVersion(signal: AbortSignal): Promise<number> {
    this.#version ??= this.run(
      ['version', '--short'],
      { doing: 'ask helm for its version', code: 'release' },
      signal,
    )
      .then((text) => Number(/v(\d+)\./.exec(text)?.[1] ?? 3))
      .catch((error: unknown) => {
        this.#version = undefined; // a cancelled question must not stay the answer
        throw error;
      });
    return this.#version;
  }

  /**
   * With the values on standard input: they are never on disk, in argv or in the environment. helm reads them before
   * it changes anything; with `after` they are whole when that has resolved, and not at all where it rejects.
   */
  runWithValues(
    args: readonly string[],
    spec: ReleaseSpec,
    purpose: HelmPurpose,
    signal: AbortSignal,
    after?: Promise<void>,
  ): Promise<string> {
    const values = JSON.stringify(spec.values);
    const input = after ? Readable.from(wholeAfter(after, values)) : values;
    return this.#run(
      [...args, '--namespace', spec.namespace, '--values', '-'],
      purpose,
      signal,
      input,
      spec.chart,
    );
  }

  /** The standard output. */
  run(args: readonly string[], purpose: HelmPurpose, signal: AbortSignal): Promise<string> {
    return this.#run(args, purpose, signal);
  }

  /** With the cluster of the kubeconfig. */
  get clusterArgs(): readonly string[] {
    return ['--kubeconfig', this.#options.kubeconfigFile];
  }

  async #run(
    args: readonly string[],
    purpose: HelmPurpose,
    signal: AbortSignal,
    input?: string | Readable,
    chart?: string,
  ): Promise<string> {
    const { commands } = this.#options;
    const helm = await this.#options.helm();
    const lines: Record<'stdout' | 'stderr', string[]> = { stdout: [], stderr: [] };
    try {
      const result = await commands.run({
        program: helm,
        args,
        env: this.#env,
        timeoutMs: TIMEOUT_MS + (purpose.hooksWithinMs ?? TIMEOUT_MS),
        signal,
        onLine: (line, stream) => void lines[stream].push(line),
        ...(input === undefined ? {} : { input }),
      });
      return result.stdout;
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'command') throw error;
      const said = lines.stderr.join('\n');
      if (chart !== undefined && isTooLarge(said))
        throw await tooLargeFailure(purpose.doing, chart, readHelmError(said) ?? said, error);
      throw explain(error, purpose, lines.stdout.join('\n'), said);
    }
  }
}

// All but the closing brace at once: where this process is killed, the input ends, and helm must not take that for
// an environment without values.
async function* wholeAfter(moment: Promise<void>, json: string): AsyncGenerator<string> {
  yield json.slice(0, -1);
  await moment;
  yield json.slice(-1);
}

function explain(error: Failure, { doing, code }: HelmPurpose, stdout: string, stderr: string): Failure {
  const problems = readLintErrors(stdout);
  if (problems.length > 0)
    return new Failure('chart', `cannot ${doing}`, { cause: error, details: problems });
  const violations = readSchemaViolations(stderr);
  if (violations.length > 0) {
    return new Failure('chart', `cannot ${doing}: its values do not fit the chart's values.schema.json`, {
      cause: error,
      details: violations,
    });
  }
  const reason = readHelmError(stderr);
  if (reason === undefined) return error;
  const [first = '', ...rest] = reason.split('\n');
  const details = { cause: error, details: rest };
  if (!isForeignObject(reason)) return new Failure(code, `cannot ${doing}: ${first}`, details);
  const hint = hintOfForeignObject(reason);
  return new Failure('ownership', `cannot ${doing}: ${first}`, { ...details, hint });
}
