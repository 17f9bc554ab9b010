// The open streams of Server-Sent Events (html.spec.whatwg.org, 9.2), and what goes out on them.

import type { ServerResponse } from 'node:http';
import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { HttpProblem } from '../../shared/http-problem.ts';
import { RecentList } from '../../shared/recent-list.ts';
import type { Notification } from '../../shared/task-event.ts';

export interface StreamHubOptions {
  readonly registry: Registry;
  /** How many of the last notifications a client that comes back can be given. */
  readonly replay?: number;
  readonly maximumStreams?: number;
  /** A client that has not taken this many bytes is cut off: it comes back, and reads the list again. */
  readonly maximumUnsentBytes?: number;
}

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-content-type-options': 'nosniff',
  // nginx would otherwise hold lines back until its buffer is full.
  'x-accel-buffering': 'no',
};

/** How soon a client comes back after its stream has ended, in ms. */
const returnMs = 1_000;

export class StreamHub {
  readonly #recent: RecentList<Notification>;
  readonly #streams = new Set<ServerResponse>();
  readonly #maximumStreams: number;
  readonly #maximumUnsentBytes: number;
  readonly #open: Gauge;
  readonly #sent: Counter;
  readonly #cut: Counter;

  constructor({ registry, ...options }: StreamHubOptions) {
    this.#recent = new RecentList(options.replay ?? 100);
    this.#maximumStreams = options.maximumStreams ?? 1_000;
    this.#maximumUnsentBytes = options.maximumUnsentBytes ?? 64 * 1024;
    const registers = [registry];
    this.#open = new Gauge({ name: 'sse_streams_open', help: 'Streams open now.', registers });
    this.#sent = new Counter({
      name: 'sse_notifications_total',
      help: 'Notifications sent, once for all streams.',
      registers,
    });
    this.#cut = new Counter({
      name: 'sse_streams_cut_total',
      help: 'Streams cut off because their client did not read.',
      registers,
    });
  }

  /**
   * Makes a stream of the response. It opens with the event 'hello', which says whether nothing was missed since
   * `lastEventId`; what came after that follows. Throws HttpProblem 503 when there are too many.
   */
  open(response: ServerResponse, lastEventId: string | undefined): void {
    if (this.#streams.size >= this.#maximumStreams) {
      throw new HttpProblem(503, 'too-many-streams', 'Too many streams are open.', {
        headers: { 'retry-after': '5' },
      });
    }
    response.on('close', () => this.#forget(response));
    response.on('error', () => {}); // 'close' follows
    response.writeHead(200, headers);
    const missed = lastEventId === undefined ? undefined : this.#recent.after(lastEventId);
    const hello = frame('hello', { complete: missed !== undefined });
    response.write(`retry: ${returnMs}\n${hello}${(missed ?? []).map(notificationFrame).join('')}`);
    this.#streams.add(response);
    this.#open.set(this.#streams.size);
  }

  /** Sends to all; one that was sent before is not sent again. */
  send(notification: Notification): void {
    if (!this.#recent.add(notification)) return;
    this.#sent.inc();
    this.#write(notificationFrame(notification));
  }

  /** A comment that keeps proxies from closing quiet streams, and finds clients that are gone. */
  beat(): void {
    this.#write(':\n\n');
  }

  /** Ends all streams. Their clients come back after a moment, not all in the same one. */
  end(): void {
    for (const stream of this.#streams) {
      stream.end(`retry: ${Math.round(returnMs * (0.5 + Math.random()))}\n\n`);
    }
  }

  #forget(stream: ServerResponse): void {
    this.#streams.delete(stream);
    this.#open.set(this.#streams.size);
  }

  #write(text: string): void {
    for (const stream of this.#streams) {
      if (stream.writableLength > this.#maximumUnsentBytes) {
        this.#cut.inc();
        this.#forget(stream);
        stream.destroy();
      } else {
        stream.write(text);
      }
    }
  }
}

function notificationFrame(notification: Notification): string {
  return `id: ${notification.id}\n${frame('notification', notification)}`;
}

function frame(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
