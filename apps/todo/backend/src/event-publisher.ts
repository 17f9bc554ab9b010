// Takes events out of the outbox and publishes them: each at least once, in order, whenever the broker can be reached.

import { setTimeout } from 'node:timers/promises';
import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { DaprClient } from '../../shared/dapr-client.ts';
import { errorText } from '../../shared/log.ts';
import type { Log } from '../../shared/log.ts';
import { taskEventsTopic } from '../../shared/task-event.ts';
import type { TaskEvent } from '../../shared/task-event.ts';
import type { ListRevision } from './list-revision.ts';
import type { Outbox, OutboxEntry } from './outbox.ts';

/** How often it looks without being woken: for what a replica left behind that has ended. */
const pollMs = 2_000;
const shortestPauseMs = 250;
const longestPauseMs = 5_000;

export interface EventPublisherOptions {
  readonly outbox: Outbox;
  readonly dapr: DaprClient;
  readonly revision: ListRevision;
  readonly registry: Registry;
  readonly log: Log;
}

export class EventPublisher {
  readonly #options: EventPublisherOptions;
  readonly #published: Counter<'kind'>;
  readonly #failures: Counter;
  #wake = Promise.withResolvers<void>();
  /** The number that an entry has taken and not been published with: taken once, however often it is tried. */
  #taken: { readonly sequence: number; readonly revision: number } | undefined;

  constructor(options: EventPublisherOptions) {
    this.#options = options;
    const { registry, outbox } = options;
    this.#published = new Counter({
      name: 'todo_events_published_total',
      help: 'Events that the broker has taken.',
      labelNames: ['kind'],
      registers: [registry],
    });
    this.#failures = new Counter({
      name: 'todo_event_publish_failures_total',
      help: 'Attempts to publish that failed; the event stays in the outbox and is tried again.',
      registers: [registry],
    });
    const waiting: Gauge = new Gauge({
      name: 'todo_events_waiting',
      help: 'Events in the outbox; NaN when the database does not say.',
      registers: [registry],
      async collect() {
        waiting.set(await outbox.countWaiting().catch(() => Number.NaN));
      },
    });
  }

  /** Says that there is something to publish. Never waits, never fails. */
  wake(): void {
    this.#wake.resolve();
  }

  /** Publishes until the signal; what is then left stays in the outbox for the next process. */
  async run(signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    let pauseMs = shortestPauseMs;
    let told: string | undefined;
    while (!signal.aborted) {
      try {
        this.#wake = Promise.withResolvers();
        while (!signal.aborted && (await this.#publishNext())) {
          if (told !== undefined) log('info', 'events are published again');
          told = undefined;
          pauseMs = shortestPauseMs;
        }
        await Promise.race([this.#wake.promise, pause(pollMs, signal)]);
      } catch (error) {
        this.#failures.inc();
        const reason = errorText(error);
        if (reason !== told) log('warn', 'events wait in the outbox', { reason });
        told = reason;
        await pause(pauseMs, signal);
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      }
    }
  }

  #publishNext(): Promise<boolean> {
    return this.#options.outbox.deliverNext((entry) => this.#publish(entry));
  }

  async #publish(entry: OutboxEntry): Promise<void> {
    const { dapr, revision } = this.#options;
    if (this.#taken?.sequence !== entry.sequence) {
      this.#taken = { sequence: entry.sequence, revision: await revision.take(entry.sequence) };
    }
    const data: TaskEvent = { kind: entry.kind, revision: this.#taken.revision, todo: entry.todo };
    await dapr.publish(taskEventsTopic, {
      id: entry.id,
      source: '/todo/backend',
      type: `todo.task.${entry.kind}`,
      time: entry.at,
      data,
    });
    this.#published.inc({ kind: entry.kind });
  }
}

/** Ends early, and without an error, with the signal. */
async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  await setTimeout(durationMs, undefined, { signal }).catch(() => {});
}
