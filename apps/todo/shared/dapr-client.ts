// The Dapr sidecar of this pod, by its HTTP API (docs.dapr.io/reference/api).

import { cloudEventBody } from './cloud-event.ts';
import type { CloudEvent } from './cloud-event.ts';
import { numberSetting } from './settings.ts';
import type { Environment } from './settings.ts';

/** Names of the components in the environment. */
export const pubsubName = 'pubsub';
export const stateStoreName = 'statestore';

export interface StoredState {
  readonly value: unknown;
  /** Changes with every write; undefined where nothing is stored. */
  readonly etag: string | undefined;
}

export interface DaprClient {
  /** Resolves when the broker has the event. Rejects when the sidecar is away, refuses it, or takes too long. */
  publish(topic: string, event: CloudEvent): Promise<void>;
  /** What is stored; `value` is undefined where nothing is. */
  readState(key: string, timeoutMs?: number): Promise<StoredState>;
  /** Writes only if nobody has written since `etag` was read (undefined: since nothing was there); false if so. */
  saveState(key: string, state: StoredState): Promise<boolean>;
}

const defaultTimeoutMs = 3_000;

/** The sidecar that the injector's variables point at, or undefined where the pod has none. */
export function daprFromEnvironment(environment: Environment): DaprClient | undefined {
  const port = numberSetting(environment, 'DAPR_HTTP_PORT', { default: 0, minimum: 0, maximum: 65_535 });
  return port === 0 ? undefined : createDaprClient({ port, token: environment['DAPR_API_TOKEN'] });
}

export function createDaprClient(options: {
  readonly port: number;
  /** Sent with each request where the sidecar asks for one. */
  readonly token?: string | undefined;
}): DaprClient {
  const base = `http://127.0.0.1:${options.port}/v1.0`;
  const tokenHeader: Record<string, string> =
    options.token === undefined ? {} : { 'dapr-api-token': options.token };

  const post = (path: string, type: string, body: unknown) =>
    fetch(`${base}${path}`, {
      method: 'POST',
      headers: { ...tokenHeader, 'content-type': type },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(defaultTimeoutMs),
    });

  return {
    async publish(topic, event) {
      const type = 'application/cloudevents+json';
      const answer = await post(`/publish/${pubsubName}/${topic}`, type, cloudEventBody(event));
      await expectOk(answer, `publish to ${topic}`);
    },
    async readState(key, timeoutMs = defaultTimeoutMs) {
      const answer = await fetch(`${base}/state/${stateStoreName}/${key}?consistency=strong`, {
        headers: tokenHeader,
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await expectOk(answer, `read state ${key}`);
      if (answer.status === 204 || text === '') return { value: undefined, etag: undefined };
      return { value: JSON.parse(text), etag: answer.headers.get('etag') ?? undefined };
    },
    async saveState(key, { value, etag }) {
      const concurrency = { concurrency: 'first-write', consistency: 'strong' };
      const answer = await post(`/state/${stateStoreName}`, 'application/json', [
        { key, value, ...(etag === undefined ? {} : { etag }), options: concurrency },
      ]);
      if (answer.status === 409) {
        await answer.body?.cancel();
        return false;
      }
      await expectOk(answer, `save state ${key}`);
      return true;
    },
  };
}

/** The body of a good answer. Rejects with what Dapr says of any other: its error code and message, no payload. */
async function expectOk(answer: Response, what: string): Promise<string> {
  const text = await answer.text();
  if (answer.ok) return text;
  throw new Error(`${what}: ${answer.status} ${text.slice(0, 300)}`.trimEnd());
}
