// Reads a stream of Server-Sent Events as a browser does.

import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';

export interface StreamEvent {
  readonly event: string;
  readonly id?: string;
  readonly data: unknown;
}

export class EventStream {
  readonly events: StreamEvent[] = [];
  readonly headers: IncomingMessage['headers'];
  /** Whether the server has ended it, or cut it. */
  isOver = false;
  /** All of it as it came. */
  text = '';
  readonly #answer: IncomingMessage;
  #read = 0;
  #rest = '';

  private constructor(answer: IncomingMessage) {
    this.#answer = answer;
    this.headers = answer.headers;
    answer.setEncoding('utf8');
    answer.on('data', (chunk: string) => this.#take(chunk));
    answer.on('close', () => (this.isOver = true));
    answer.on('error', () => {});
  }

  static async open(url: string, lastEventId?: string): Promise<EventStream> {
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    get(url, { headers, agent: false }, resolve).on('error', reject);
    return new EventStream(await promise);
  }

  /** The next event, waited for; rejects after 20 s without one. */
  async next(): Promise<StreamEvent> {
    const signal = AbortSignal.timeout(20_000);
    while (this.events.length === this.#read) await once(this.#answer, 'data', { signal });
    const event = this.events[this.#read]!;
    this.#read += 1;
    return event;
  }

  close(): void {
    this.#answer.destroy();
  }

  #take(chunk: string): void {
    this.text += chunk;
    const blocks = (this.#rest + chunk).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s) as [string, string]));
      const event = fields.get('event');
      if (event === undefined) continue; // a comment, or only 'retry'
      const data: unknown = JSON.parse(fields.get('data') ?? 'null');
      const id = fields.get('id');
      this.events.push({ event, data, ...(id === undefined ? {} : { id }) });
    }
  }
}
