// The todo services in this process, wired as in the cluster, with a fake Dapr between them.

import { EventPublisher } from '../../apps/todo/backend/src/event-publisher.ts';
import { ListRevision } from '../../apps/todo/backend/src/list-revision.ts';
import { todoRoutes } from '../../apps/todo/backend/src/todo-routes.ts';
import { notificationRoutes } from '../../apps/todo/notification/src/notification-routes.ts';
import { Notifier } from '../../apps/todo/notification/src/notifier.ts';
import { createDaprClient } from '../../apps/todo/shared/dapr-client.ts';
import { HttpService, type Route } from '../../apps/todo/shared/http-service.ts';
import { ServiceMetrics } from '../../apps/todo/shared/service-metrics.ts';
import { gatewayRoutes } from '../../apps/todo/sse-gateway/src/gateway-routes.ts';
import { StreamHub } from '../../apps/todo/sse-gateway/src/stream-hub.ts';
import { FakeDapr } from '../fakes/dapr.ts';
import { TodoMemory } from '../fakes/todo-memory.ts';

export class TodoChain {
  readonly dapr = new FakeDapr();
  readonly memory = new TodoMemory();
  readonly logged: string[] = [];
  readonly #services: HttpService[] = [];
  readonly #stop = new AbortController();
  #publishing: Promise<void> | undefined;
  hub!: StreamHub;
  notifier!: Notifier;

  /** All are up and subscribed. `page`: served beside the API and the stream, from one address. Resolves with it. */
  static async start(page: readonly Route[] = []): Promise<{ chain: TodoChain; url: string }> {
    const chain = new TodoChain();
    return { chain, url: await chain.#start(page) };
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#publishing;
    this.hub.end();
    await this.dapr.stop();
    for (const service of this.#services) await service.stop(0);
  }

  async #start(page: readonly Route[]): Promise<string> {
    const log = (_level: string, message: string): number => this.logged.push(message);

    const gatewayMetrics = new ServiceMetrics('sse-gateway');
    this.hub = new StreamHub({ registry: gatewayMetrics.registry });
    const gateway = gatewayRoutes(this.hub, log);
    await this.dapr.attach('sse-gateway', await this.#serve(gatewayMetrics, gateway));

    const notificationMetrics = new ServiceMetrics('notification');
    const notificationDapr = createDaprClient({ port: await this.dapr.attach('notification-publisher') });
    this.notifier = new Notifier({ dapr: notificationDapr, registry: notificationMetrics.registry });
    const notification = notificationRoutes(this.notifier, log);
    await this.dapr.attach('notification', await this.#serve(notificationMetrics, notification));

    const backendMetrics = new ServiceMetrics('backend');
    const dapr = createDaprClient({ port: await this.dapr.attach('backend') });
    const revision = new ListRevision({ dapr, log });
    const { registry } = backendMetrics;
    const publisher = new EventPublisher({ outbox: this.memory, dapr, revision, registry, log });
    this.memory.onEvent = () => publisher.wake();
    this.#publishing = publisher.run(this.#stop.signal);
    const api = todoRoutes(this.memory, () => revision.current());
    return this.#serve(backendMetrics, [...api, ...gateway, ...page]);
  }

  async #serve(metrics: ServiceMetrics, routes: readonly Route[]): Promise<string> {
    const service = new HttpService({ log: () => {}, metrics, routes, notReady: () => undefined });
    this.#services.push(service);
    return `http://127.0.0.1:${await service.listen(0)}`;
  }
}
