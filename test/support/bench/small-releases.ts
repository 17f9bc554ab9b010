// An environment of many releases of one small chart: for Slipway, and the same for helmfile.

import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { RunEvent } from '../../../src/run/events.ts';
import type { BenchScene } from './bench.ts';

const projectFolder = join(import.meta.dirname, '../../..');
/** The namespace of helmfile's releases. */
const PEER_NAMESPACE = 'peer';

const CONFIG_MAP =
  'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  text: {{ .Values.text | quote }}\n';

export interface SmallReleasesOptions {
  /** Of the environment and its cluster. */
  readonly name: string;
  /** The one template of the chart; a ConfigMap with the value `text` if absent. */
  readonly template?: string;
  /** Whether all releases have the text, and not only the first. */
  readonly textForAll?: boolean;
  /** On which other release one depends, by number; on none if absent. */
  readonly needOf?: (index: number) => number | undefined;
}

export interface SmallReleases extends AsyncDisposable {
  /** With the folder chart and a helmfile. */
  readonly folder: string;
  readonly kubeconfigFile: string;
  readonly cluster: string;
  /** Writes config and helmfile: so many releases, the first of them with this text. */
  declare(count: number, text: string): Promise<void>;
  /** Runs a command of Slipway to its end; gives the outcome that it tells. */
  slipway(command: 'up' | 'down', ...args: readonly string[]): Promise<string>;
  helmfile(peer: Helmfile, command: 'sync' | 'apply'): Promise<void>;
}

/** Where these are. */
export interface Helmfile {
  readonly program: string;
  readonly helm: string;
  /** The folder of helm's plugins. */
  readonly plugins: string;
}

/** In a folder and a state folder of its own. Disposing of it takes the cluster away. */
export async function openSmallReleases(
  { commands, env, signal }: BenchScene,
  { name, template = CONFIG_MAP, needOf = () => undefined, textForAll = false }: SmallReleasesOptions,
): Promise<SmallReleases> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-releases-'));
  const cluster = `slipway-${name}`;
  const state = join(folder, 'state');
  await mkdir(join(folder, 'chart/templates'), { recursive: true });
  await cp(join(projectFolder, 'kind'), join(folder, 'kind'), { recursive: true });
  await writeFile(join(folder, 'chart/Chart.yaml'), 'apiVersion: v2\nname: small\nversion: 1.0.0\n');
  await writeFile(join(folder, 'chart/templates/config.yaml'), template);
  const run = async (
    command: 'up' | 'down',
    more: readonly string[],
    runSignal: AbortSignal,
  ): Promise<string> => {
    const config = ['--config', join(folder, 'slipway.config.ts'), '--json', ...more];
    const { stdout } = await commands.run({
      program: process.execPath,
      args: ['scripts/start.mjs', command, ...config, ...(command === 'down' ? ['--keep-images'] : [])],
      ...{ cwd: projectFolder, env: { ...env, XDG_STATE_HOME: state }, signal: runSignal },
    });
    const end = JSON.parse(stdout.trim().split('\n').at(-1)!) as RunEvent;
    return end.type === 'run-ended' ? end.outcome : 'none';
  };
  return {
    cluster,
    folder,
    kubeconfigFile: join(state, 'slipway', cluster, 'kubeconfig'),
    async declare(count, text) {
      const names = Array.from({ length: count }, (_, index) => `app-${index}`);
      const valuesOf = (index: number): { text: string } => ({
        text: index === 0 || textForAll ? text : 'same',
      });
      const releases = names.map((release, index) => {
        const need = needOf(index);
        const needs = need === undefined ? [] : [`app-${need}`];
        return [release, { chart: 'chart', values: valuesOf(index), needs }];
      });
      const environment = {
        ...{ namespace: name, hosts: [], urls: {}, images: {}, addons: {}, secrets: {} },
        cluster: { name: cluster, ports: { http: 18_280, https: 18_243 } },
        policy: { onUp: 'off' },
        releases: Object.fromEntries(releases) as object,
      };
      const config = { default: name, environments: { [name]: environment } };
      await writeFile(join(folder, 'slipway.config.ts'), `export default ${JSON.stringify(config)};\n`);
      const peers = names.map((release, index) => ({
        ...{ name: release, namespace: PEER_NAMESPACE, chart: './chart', values: [valuesOf(index)] },
      }));
      // Spares helmfile some work: with validation, helm-diff 3.13 gives helm 4 two flags that exclude each other.
      const helmDefaults = { disableValidation: true };
      await writeFile(join(folder, 'helmfile.yaml'), stringify({ helmDefaults, releases: peers }));
    },
    slipway: (command, ...args) => run(command, args, signal),
    async helmfile({ program, helm, plugins }, command) {
      const kubeconfig = join(state, 'slipway', cluster, 'kubeconfig');
      await commands.run({
        program,
        // Without a bound it asks of all releases at once, and 200 of them ran into timeouts of TLS on two cores.
        args: [
          '--helm-binary',
          helm,
          '--quiet',
          command,
          ...(command === 'apply' ? ['--concurrency', '4'] : []),
        ],
        ...{ cwd: folder, env: { ...env, KUBECONFIG: kubeconfig, HELM_PLUGINS: plugins }, signal },
      });
    },
    async [Symbol.asyncDispose]() {
      // With a signal of its own: also after a stop.
      await run('down', [], AbortSignal.timeout(300_000)).finally(() =>
        rm(folder, { recursive: true, force: true }),
      );
    },
  };
}
