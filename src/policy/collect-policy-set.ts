// Renders every release of an environment and reads its chart: what the rules of src/policy/ look at.

import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Failure } from '../failure.ts';
import type { ReleaseSpec, ReleaseStore } from '../releases/release-store.ts';
import { parseSourcedManifest } from '../kubernetes/parse-manifest.ts';
import { readYaml } from '../kubernetes/read-yaml.ts';
import type { PolicyObject, PolicyRelease, PolicySet } from './policy-set.ts';
import type { Task } from '../task.ts';
import type { EnvironmentRun } from '../up/environment-run.ts';

/** helm processes at once: each takes a core for a tenth of a second. */
const AT_ONCE = 4;

export interface CollectedPolicySet {
  readonly set: PolicySet;
  /** Texts of templates, Chart.yaml and values.yaml, by the names that findings give them. */
  readonly texts: ReadonlyMap<string, string>;
}

export interface PolicySource {
  readonly run: EnvironmentRun;
  /** Only renders. */
  readonly releases: Pick<ReleaseStore, 'render'>;
}

/** Needs helm, and neither cluster nor engine. A chart that cannot be rendered or read is Failure 'chart'. */
export async function collectPolicySet(source: PolicySource, task: Task): Promise<CollectedPolicySet> {
  const { run } = source;
  const texts = new Map<string, string>();
  const releases: PolicyRelease[] = [];
  const objects: PolicyObject[] = [];
  const waiting = [...run.releases].entries();
  const rendered: { release: PolicyRelease; objects: PolicyObject[] }[] = [];
  const worker = async (): Promise<void> => {
    for (const [index, [id, spec]] of waiting) {
      task.signal.throwIfAborted();
      rendered[index] = await renderRelease(source, id, spec, texts, task.signal);
      const done = rendered.filter(Boolean).length;
      task.report({ text: 'rendering charts', done, total: run.releases.size, unit: 'charts' });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  for (const part of rendered) {
    releases.push(part.release);
    objects.push(...part.objects);
  }
  const { environment, desired } = run;
  return {
    texts,
    set: {
      environment: run.name,
      releases,
      objects,
      secrets: Object.entries(environment.secrets).map(([name, secret]) => ({
        name,
        namespace: secret.namespace ?? environment.namespace,
        ...(secret.keys === undefined
          ? { type: 'kubernetes.io/tls' as const, keys: ['tls.crt', 'tls.key'] }
          : { type: 'Opaque' as const, keys: Object.keys(secret.keys) }),
      })),
      namespaces: [...new Set([...desired.releases, ...desired.secrets].map(({ namespace }) => namespace))],
      loadedImages: new Set([
        ...desired.images.map(({ reference }) => reference),
        ...desired.releases.flatMap(({ images }) => images),
      ]),
      hosts: environment.hosts,
    },
  };
}

async function renderRelease(
  { run, releases }: PolicySource,
  id: string,
  spec: ReleaseSpec,
  texts: Map<string, string>,
  signal: AbortSignal,
): Promise<{ release: PolicyRelease; objects: PolicyObject[] }> {
  const isAddon = id.startsWith('addon:');
  const chartPath = isAddon
    ? `charts/addons/${basename(spec.chart)}`
    : run.environment.releases[spec.name]!.chart.replace(/\/$/, '');
  const read = async (file: string): Promise<string> => {
    const text = await readFile(join(spec.chart, file), 'utf8').catch(() => '');
    texts.set(`${chartPath}/${file}`, text);
    return text;
  };
  const [manifest, chart, defaults] = await Promise.all([
    releases.render(spec, signal),
    read('Chart.yaml').then((text) => parseYaml(text, `${chartPath}/Chart.yaml`)),
    read('values.yaml').then((text) => parseYaml(text, `${chartPath}/values.yaml`)),
  ]);
  const release: PolicyRelease = {
    name: spec.name,
    namespace: spec.namespace,
    origin: isAddon ? 'third-party' : 'application',
    chartPath,
    chart,
    defaults,
    values: spec.values,
  };
  const objects = parseSourcedManifest(withoutDefinitions(manifest), spec.namespace).map(
    ({ object, source }): PolicyObject => {
      const { kind, metadata } = object;
      return {
        release,
        kind,
        name: String(metadata.name),
        namespace: metadata.namespace === undefined ? undefined : String(metadata.namespace),
        body: object,
        // helm puts the chart's name in front.
        template: source?.slice(source.indexOf('/') + 1),
      };
    },
  );
  const templates = new Set(objects.flatMap(({ template }) => template ?? []));
  await Promise.all([...templates].map(read));
  return { release, objects };
}

/** No rule is about them, and reading those of cert-manager takes longer than all else. */
function withoutDefinitions(manifest: string): string {
  return manifest
    .split(/^---[ \t]*\r?\n/m)
    .filter((document) => !/^kind: CustomResourceDefinition\s*$/m.test(document))
    .join('---\n');
}

function parseYaml(text: string, file: string): unknown {
  try {
    return readYaml(text);
  } catch (error) {
    throw new Failure('chart', `${file} is not YAML: ${(error as Error).message}`, { cause: error });
  }
}
