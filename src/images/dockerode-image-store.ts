// The images of a Docker engine, by its HTTP API. Works with the classic builder and with BuildKit.

import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { Failure } from '../failure.ts';
import type { Task } from '../task.ts';
import { packContext } from './context/build-context.ts';
import { readBuildStream } from './build/build-stream.ts';
import { BuildkitTranscript } from './build/buildkit-trace.ts';
import { openBuildSession } from './build/build-session.ts';
import { ClassicTranscript } from './build/classic-transcript.ts';
import { frontendOf, hasBuildkit, prefersBuildkit, type Builder } from './build/choose-builder.ts';
import { observeEngine, type EngineFacts } from '../engine/connect-engine.ts';
import { countLayerBytes } from './inspect/count-layer-bytes.ts';
import { emptyStages, labelStages, withoutSyntax } from './context/dockerfile.ts';
import { unneededStages } from './context/dockerfile-sources.ts';
import { frontendProblems } from './build/frontend-problems.ts';
import { asResponse, engineFailure, getJson, statusCodeOf, withDeadline } from '../engine/engine-call.ts';
import type { LayerSource } from './inspect/layer-source.ts';
import { combineFingerprint } from './image-fingerprint.ts';
import { STAGE_LABEL } from './image-ownership.ts';
import { joinLayers, type HistoryEntry } from './inspect/image-layers.ts';
import type { BuildRequest, ImageLayer, ImageStore, StoredImage, Removal } from './image-store.ts';
import { readImageList, referencesOf } from './list-engine-images.ts';
import { SourcesChanged } from './context/sources-changed.ts';

/** The engine deletes its layers before it answers. */
const REMOVE_MS = 300_000;

export interface DockerodeImageStoreOptions {
  /** For builds that ask for none; 'auto': what the engine itself would take. */
  readonly builder: Builder;
  /** The ways to look into layers of an engine that does not tell the bytes of their files; see layerSources. */
  readonly sources?:
    ((images: ImageStore, signal: AbortSignal) => Promise<readonly LayerSource[]>) | undefined;
}

interface InspectedImage {
  readonly Id: string;
  readonly RepoTags: string[] | null;
  readonly Size: number;
  readonly Config?: ({ readonly Labels?: Record<string, string> | null } & Record<string, unknown>) | null;
  readonly Architecture?: string;
  readonly Os?: string;
  readonly Variant?: string;
  readonly RootFS: { readonly Layers?: string[] | null };
}

export class DockerodeImageStore implements ImageStore {
  readonly #docker: Docker;
  readonly #options: DockerodeImageStoreOptions;
  #facts: EngineFacts | undefined;
  /** Of layers of a containerd store, by diff id: they never change, and most images share some. */
  readonly #countedBytes = new Map<string, Promise<number>>();

  constructor(docker: Docker, options: DockerodeImageStoreOptions = { builder: 'auto' }) {
    this.#docker = docker;
    this.#options = options;
  }

  async list(labels: Readonly<Record<string, string>>, signal: AbortSignal): Promise<StoredImage[]> {
    const label = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    try {
      return readImageList(
        await this.#docker.listImages({ filters: { label }, abortSignal: withDeadline(signal) }),
      );
    } catch (error) {
      throw engineFailure(error, { doing: 'listing images', signal });
    }
  }

  async find(reference: string, signal: AbortSignal): Promise<StoredImage | undefined> {
    const image = await this.#inspect(reference, signal);
    return image && stored(image);
  }

  async build(request: BuildRequest, task: Task): Promise<StoredImage> {
    const { reference } = request;
    // Ends the upload and the session with the build, however it ends.
    const end = new AbortController();
    const signal = AbortSignal.any([task.signal, end.signal]);
    try {
      task.report({ text: 'sending the build context' });
      const usesBuildkit = await this.#decideBuilder(request, task.signal);
      const labels = request.labels ?? {};
      const context = await packContext(
        {
          contextFolder: request.contextFolder,
          dockerfile: request.dockerfile,
          hideDockerfile: !usesBuildkit,
          buildArgs: request.buildArgs,
          target: request.target,
          rewrite: (text) => {
            if (this.#facts) refuseUnknown(request, text, this.#facts, usesBuildkit);
            if (usesBuildkit) return request.isOffline ? withoutSyntax(text) : text;
            // BuildKit leaves out what the target does not need; what that reads is not sent.
            return labelStages(
              emptyStages(text, unneededStages(text, request)),
              Object.keys(labels).length === 0 ? {} : { ...labels, [STAGE_LABEL]: 'building' },
              { atEnd: { [STAGE_LABEL]: 'no' }, target: request.target },
            );
          },
          verify: (text, digest) => refuseOthers(request, text, digest),
        },
        signal,
      );
      using _stopped = { [Symbol.dispose]: () => context.stream.destroy() };
      // A body that breaks off would leave the engine waiting for the rest of it.
      context.stream.once('error', (error) => end.abort(error));
      using session = usesBuildkit ? await openBuildSession(this.#docker) : undefined;
      const transcript = usesBuildkit ? new BuildkitTranscript() : new ClassicTranscript();
      const answer = await this.#docker.buildImage(context.stream, {
        t: reference,
        dockerfile: context.dockerfile,
        buildargs: { ...request.buildArgs },
        // The classic builder makes a step of each, and every stage has them already.
        ...(usesBuildkit ? { labels: { ...labels } } : {}),
        ...(request.target === undefined ? {} : { target: request.target }),
        // A step that fails leaves no container behind.
        rm: true,
        forcerm: true,
        abortSignal: signal,
        // A number on purpose: for the string '2' dockerode opens a session that it does not close on failure.
        ...(session ? { version: 2 as unknown as '2', session: session.id } : {}),
      });
      await readBuildStream(asResponse(answer), transcript, {
        reference,
        report: (progress) => task.report(progress),
      });
    } catch (error) {
      const cause: unknown = end.signal.aborted ? end.signal.reason : error;
      throw engineFailure(cause, { doing: `building ${reference}`, signal: task.signal, code: 'build' });
    } finally {
      end.abort();
    }
    const built = await this.find(reference, task.signal);
    if (!built) throw new Failure('build', `${reference}: the engine says it is built, and does not have it`);
    return built;
  }

  async isSameContent(one: string, other: string, signal: AbortSignal): Promise<boolean> {
    const [first, second] = await Promise.all([this.#inspect(one, signal), this.#inspect(other, signal)]);
    if (!first || !second) return false;
    return first.Id === second.Id || contentKey(first) === contentKey(second);
  }

  async layers(reference: string, signal: AbortSignal): Promise<ImageLayer[]> {
    const image = await this.#inspect(reference, signal);
    if (!image) throw new Failure('engine', `there is no image ${reference}`);
    try {
      const history = await getJson<HistoryEntry[]>(this.#docker, `/images/${image.Id}/history`, signal);
      const layers = joinLayers(history, image.RootFS.Layers ?? []);
      const { containerdStore } = await this.#observe(signal);
      return containerdStore ? await this.#countFiles(layers, { reference, id: image.Id }, signal) : layers;
    } catch (error) {
      throw engineFailure(error, { doing: `reading the history of ${reference}`, signal });
    }
  }

  async export(references: readonly string[], signal: AbortSignal): Promise<Readable> {
    try {
      // Its typing leaves getImages() out.
      const docker = this.#docker as Docker & {
        getImages(options: object): Promise<NodeJS.ReadableStream>;
      };
      return asResponse(await docker.getImages({ names: [...references], abortSignal: signal }));
    } catch (error) {
      throw engineFailure(error, { doing: `exporting ${references.join(', ')}`, signal });
    }
  }

  async remove(reference: string, signal: AbortSignal): Promise<Removal> {
    try {
      await this.#docker.getImage(reference).remove({ abortSignal: withDeadline(signal, REMOVE_MS) });
      return 'removed';
    } catch (error) {
      if (statusCodeOf(error) === 404) return 'absent';
      if (statusCodeOf(error) === 409) return 'in-use';
      // Where images with common layers go at the same time, the engine may fail at one that it has removed
      // (https://github.com/docker/compose/issues/9763).
      if (statusCodeOf(error) === 500 && !(await this.#inspect(reference, signal))) return 'removed';
      throw engineFailure(error, { doing: `removing ${reference}`, signal });
    }
  }

  async #inspect(reference: string, signal: AbortSignal): Promise<InspectedImage | undefined> {
    try {
      return await getJson<InspectedImage>(this.#docker, `/images/${reference}/json`, signal);
    } catch (error) {
      if (statusCodeOf(error) === 404) return undefined;
      throw engineFailure(error, { doing: `looking for ${reference}`, signal });
    }
  }

  /** With what the files have in the place of what they take on the engine's disk, where that can be had. */
  async #countFiles(
    layers: readonly ImageLayer[],
    image: { readonly reference: string; readonly id: string },
    signal: AbortSignal,
  ): Promise<ImageLayer[]> {
    for (const source of (await this.#options.sources?.(this, signal)) ?? []) {
      try {
        await using content = await source.open(image, signal);
        if (!content) continue;
        const byDiffId = new Map(content.layers.map((layer) => [layer.diffId, layer]));
        const counted: ImageLayer[] = [];
        for (const layer of layers) {
          const found = byDiffId.get(layer.diffId);
          if (!found) throw new Error(`the engine has no ${layer.diffId}`);
          const known = this.#countedBytes.get(layer.diffId) ?? countLayerBytes(found, signal);
          this.#countedBytes.set(layer.diffId, known);
          known.catch(() => this.#countedBytes.delete(layer.diffId));
          counted.push({ ...layer, sizeBytes: await known });
        }
        return counted.filter(({ sizeBytes }) => sizeBytes > 0);
      } catch (error) {
        // Another way may work; how it was counted is told.
        signal.throwIfAborted();
        if (!(error instanceof Error)) throw error;
      }
    }
    return layers.map((layer) => ({ ...layer, isDiskUsage: true }));
  }

  async #decideBuilder({ builder, reference }: BuildRequest, signal: AbortSignal): Promise<boolean> {
    const wanted = builder ?? this.#options.builder;
    if (wanted === 'classic' && builder === undefined) return false;
    const facts = await this.#observe(signal);
    if (wanted === 'auto') return builder === undefined ? prefersBuildkit(facts) : hasBuildkit(facts);
    if (wanted === 'buildkit' && !hasBuildkit(facts))
      throw new Failure('build', `${reference}: engine ${facts.version} has no BuildKit that can be used`, {
        details: facts.containerdStore
          ? ['With the containerd image store, BuildKit does not get at an uploaded context before 28.0.']
          : [],
        hint: 'Take `--builder auto`, or a newer engine: 28 with the containerd image store, else 20.10.',
      });
    return wanted === 'buildkit';
  }

  async #observe(signal: AbortSignal): Promise<EngineFacts> {
    this.#facts ??= await observeEngine(this.#docker, signal);
    return this.#facts;
  }
}

/** In our words what the engine would say in others, with the way out. */
function refuseUnknown(
  { reference, dockerfile, isOffline = false }: BuildRequest,
  text: string,
  facts: EngineFacts,
  usesBuildkit: boolean,
): void {
  const frontend = frontendOf(facts, usesBuildkit);
  const problems = frontendProblems(isOffline ? withoutSyntax(text) : text, frontend);
  if (problems.length === 0) return;
  const builder = usesBuildkit ? 'the BuildKit' : 'the classic builder';
  const newer = facts.containerdStore ? 28 : 23;
  const byBuildkit = !usesBuildkit && hasBuildkit(facts);
  const others = isOffline ? '' : ', or begin the Dockerfile with `# syntax=docker/dockerfile:1`';
  throw new Failure(
    'build',
    `${reference}: ${builder} of engine ${facts.version} does not know ${problems[0]!.what}`,
    {
      details: problems.map(({ line, what, instead }) => `${dockerfile}:${line}: ${what}: ${instead}`),
      hint: byBuildkit
        ? 'Build with BuildKit (--builder buildkit; DOCKER_BUILDKIT unset), or write it as below.'
        : `Take Docker Engine ${newer} or newer${usesBuildkit ? others : ''}, or write it as below.`,
    },
  );
}

function refuseOthers(request: BuildRequest, dockerfile: string, contextDigest: string): void {
  const { expected, ...content } = request;
  if (!expected) return;
  const { platform, fingerprint } = expected;
  if (combineFingerprint({ ...content, platform }, dockerfile, contextDigest) !== fingerprint)
    throw new SourcesChanged(request.reference);
}

/** What says how the containers of an image run; all else in its config tells of the build. */
const RUN_SETTINGS = [
  ...['Cmd', 'Entrypoint', 'Env', 'ExposedPorts', 'Healthcheck', 'Labels', 'OnBuild', 'Shell'],
  ...['StopSignal', 'StopTimeout', 'User', 'Volumes', 'WorkingDir'],
];

function contentKey({ RootFS, Config, Architecture, Os, Variant }: InspectedImage): string {
  const settings = RUN_SETTINGS.map((name) => sorted(Config?.[name] ?? null));
  return JSON.stringify([RootFS.Layers ?? [], settings, Architecture, Os, Variant ?? '']);
}

/** With keys in one order; they are what engines sort in their own way. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}

function stored(image: InspectedImage): StoredImage {
  return {
    id: image.Id,
    references: referencesOf(image.Id, image.RepoTags),
    labels: image.Config?.Labels ?? {},
    sizeBytes: image.Size,
  };
}
