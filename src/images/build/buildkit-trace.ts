// Follows a build of BuildKit, which tells its steps as base64 protobuf ("moby.buildkit.trace").
// The messages are those of moby/buildkit api/services/control/control.proto, as far as they are read here.

import type { Progress } from '../../task.ts';
import { auxImageId, OutputTail, type BuildTranscript, type EngineMessage } from './build-transcript.ts';
import { decodeTrace, type TraceVertex } from './trace-schema.ts';

interface Vertex {
  readonly name: string;
  readonly output: OutputTail;
  started: boolean;
  completed: boolean;
  error: string;
}

export class BuildkitTranscript implements BuildTranscript {
  readonly #vertices = new Map<string, Vertex>();
  #imageId: string | undefined;
  #last: Vertex | undefined;

  accept(message: EngineMessage): Progress | undefined {
    if (message['id'] === 'moby.image.id') this.#imageId = auxImageId(message) ?? this.#imageId;
    const { aux } = message;
    if (message['id'] !== 'moby.buildkit.trace' || typeof aux !== 'string') return undefined;
    const { vertexes, logs } = decodeTrace(aux);
    const begun = vertexes.map((told) => this.#follow(told)).filter((vertex) => vertex !== undefined);
    for (const log of logs) this.#vertices.get(log.vertex)?.output.add(log.text);
    this.#last = begun.at(-1) ?? this.#last;
    return vertexes.length > 0 ? this.#progress(begun) : undefined;
  }

  get imageId(): string | undefined {
    return this.#imageId;
  }

  get lastStep(): BuildTranscript['lastStep'] {
    const failed = [...this.#vertices.values()].findLast((vertex) => vertex.error !== '');
    const step = failed ?? this.#last;
    return step && { text: `step ${step.name}`, output: step.output.lines };
  }

  /** Takes in what is told of a vertex; returns it if it has begun just now. */
  #follow(told: TraceVertex): Vertex | undefined {
    const vertex = this.#vertices.get(told.digest) ?? {
      name: told.name.replaceAll(/\s+/g, ' ').trim(),
      output: new OutputTail(),
      started: false,
      completed: false,
      error: '',
    };
    this.#vertices.set(told.digest, vertex);
    const begins = told.started && !vertex.started;
    vertex.started ||= told.started;
    // A vertex that is taken up again (for another consumer) is told as started anew, without completion.
    vertex.completed = told.completed || told.cached;
    vertex.error = told.error || vertex.error;
    return begins ? vertex : undefined;
  }

  /** Steps of the Dockerfile are named '[stage 2/5] …' and told before the first one runs; the rest is BuildKit's own. */
  #progress(begun: readonly Vertex[]): Progress {
    const all = [...this.#vertices.values()];
    const steps = all.filter((vertex) => /^\[(.* )?\d+\/\d+\] /.test(vertex.name));
    const isAtWork = (vertex: Vertex): boolean => vertex.started && !vertex.completed;
    // A step that is quick, or cached, begins and ends within one message, together with BuildKit's own export.
    const step = steps.findLast(isAtWork) ?? steps.findLast((vertex) => begun.includes(vertex));
    const text = (step ?? all.findLast(isAtWork) ?? this.#last)?.name;
    if (steps.length === 0) return { text: text ?? 'preparing the build' };
    const done = steps.filter((step) => step.completed).length;
    return { text: text ?? 'preparing the build', done, total: steps.length, unit: 'steps' };
  }
}
