// Dapr as the todo services see it: a sidecar for each app, over real HTTP, with a broker and a state store in memory.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Sidecar {
  readonly appId: string;
  readonly server: Server;
  readonly subscriptions: readonly { readonly topic: string; readonly url: string }[];
}

export interface Delivery {
  readonly topic: string;
  readonly event: Readonly<Record<string, unknown>>;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly etag?: string;
}

/** What a test may make go wrong is public; refusals and repetitions are Dapr's own. */
export class FakeDapr {
  /** Whatever the broker has taken, in order. */
  readonly published: Delivery[] = [];
  /** Answer of every publish, while it is set: 403 for an app outside the scopes, 500 for a broker that is away. */
  refusePublish: number | undefined;
  /** What apps said to deliveries, in order: SUCCESS, RETRY, DROP. */
  readonly verdicts: string[] = [];
  /** Called before a write of state takes effect. */
  beforeSave: (() => void) | undefined;
  readonly state = new Map<string, { value: unknown; etag: number }>();
  readonly #sidecars: Sidecar[] = [];
  readonly #underway = new Set<Promise<void>>();

  /** Starts the sidecar of an app that listens already; resolves with the port of its API. */
  async attach(appId: string, appUrl?: string): Promise<number> {
    const answer = appUrl === undefined ? undefined : await fetch(`${appUrl}/dapr/subscribe`);
    const wanted = answer?.ok ? ((await answer.json()) as { topic: string; route: string }[]) : [];
    const server = createServer((request, response) => void this.#serve(appId, request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.#sidecars.push({
      appId,
      server,
      subscriptions: wanted.map(({ topic, route }) => ({ topic, url: `${appUrl}${route}` })),
    });
    return (server.address() as AddressInfo).port;
  }

  /** Delivers to every subscriber, again until it says something else than RETRY: at least once, never lost. */
  async deliver(delivery: Delivery): Promise<void> {
    for (const { url } of this.#sidecars
      .flatMap(({ subscriptions }) => subscriptions)
      .filter(({ topic }) => topic === delivery.topic)) {
      for (let verdict = 'RETRY', tries = 0; verdict === 'RETRY' && tries < 20; tries += 1) {
        const answer = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/cloudevents+json' },
          body: JSON.stringify({ ...delivery.event, topic: delivery.topic, pubsubname: 'pubsub' }),
        });
        verdict = ((await answer.json()) as { status: string }).status;
        this.verdicts.push(verdict);
      }
    }
  }

  /** Resolves when nothing is on its way any more. */
  async settle(): Promise<void> {
    while (this.#underway.size > 0) await Promise.all(this.#underway);
  }

  async stop(): Promise<void> {
    await this.settle();
    for (const { server } of this.#sidecars) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  async #serve(appId: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    const path = (request.url ?? '').split('?')[0]!.split('/').slice(2);
    const { status, body, etag } = this.#answer(appId, request.method ?? '', path, text);
    response.writeHead(status, etag === undefined ? {} : { etag });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  }

  #answer(appId: string, method: string, path: readonly string[], text: string): Answer {
    if (path[0] === 'publish' && path[1] === 'pubsub' && method === 'POST')
      return this.#publish(path[2]!, text);
    if (path[0] === 'state' && path[1] === 'statestore') {
      if (method === 'POST') return this.#save(appId, text);
      const found = this.state.get(`${appId}||${path[2]}`);
      return found === undefined
        ? { status: 204 }
        : { status: 200, body: found.value, etag: String(found.etag) };
    }
    return { status: 404, body: { errorCode: 'ERR_NOT_FOUND', message: path.join('/') } };
  }

  #publish(topic: string, text: string): Answer {
    if (this.refusePublish !== undefined) {
      return {
        status: this.refusePublish,
        body: { errorCode: 'ERR_PUBSUB_PUBLISH_MESSAGE', message: topic },
      };
    }
    const delivery = { topic, event: JSON.parse(text) as Record<string, unknown> };
    this.published.push(delivery);
    const run = this.deliver(delivery).finally(() => this.#underway.delete(run));
    this.#underway.add(run);
    return { status: 204 };
  }

  /** First-write concurrency: an etag has to be the current one, and none means that nothing may be there. */
  #save(appId: string, text: string): Answer {
    this.beforeSave?.();
    for (const { key, value, etag } of JSON.parse(text) as { key: string; value: unknown; etag?: string }[]) {
      const name = `${appId}||${key}`;
      const found = this.state.get(name);
      if ((found === undefined ? undefined : String(found.etag)) !== etag) {
        return { status: 409, body: { errorCode: 'ERR_STATE_SAVE', message: 'possible etag mismatch' } };
      }
      this.state.set(name, { value, etag: (found?.etag ?? 0) + 1 });
    }
    return { status: 204 };
  }
}
