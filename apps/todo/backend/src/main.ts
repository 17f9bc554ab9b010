// The backend: settings from the environment, everything wired, run until a signal.
//
//   PORT            8000
//   DATABASE_URL    postgresql://user:password@host:5432/todo
//   DAPR_HTTP_PORT  port of the Dapr sidecar (set by its injector); without it no events are published
//   LOG_LEVEL       debug, info, warn, error
//   DRAIN_MS        how long requests are still taken after SIGTERM

import { daprFromEnvironment } from '../../shared/dapr-client.ts';
import { createLog } from '../../shared/log.ts';
import { runService } from '../../shared/run-service.ts';
import { ServiceMetrics } from '../../shared/service-metrics.ts';
import { numberSetting, portSetting, urlSetting } from '../../shared/settings.ts';
import { Database } from './database.ts';
import { EventPublisher } from './event-publisher.ts';
import { ListRevision } from './list-revision.ts';
import { createPostgresOutbox } from './postgres-outbox.ts';
import { createPostgresTodoStore } from './postgres-todo-store.ts';
import { todoRoutes } from './todo-routes.ts';

const log = createLog('backend', process.env['LOG_LEVEL'] ?? 'info', (line) => process.stdout.write(line));
const metrics = new ServiceMetrics('backend');
const database = new Database({ url: urlSetting(process.env, 'DATABASE_URL'), log });
const stop = new AbortController();
const prepared = database.prepare(stop.signal);

const dapr = daprFromEnvironment(process.env);
const revision = dapr && new ListRevision({ dapr, log });
const publisher =
  dapr &&
  revision &&
  new EventPublisher({
    outbox: createPostgresOutbox(database),
    dapr,
    revision,
    registry: metrics.registry,
    log,
  });
if (publisher === undefined) log('info', 'DAPR_HTTP_PORT is not set: no events are published');
const publishing = prepared.then(() => publisher?.run(stop.signal));

await runService({
  log,
  metrics,
  port: portSetting(process.env, 8000),
  drainMs: numberSetting(process.env, 'DRAIN_MS', { default: 2_000, minimum: 0, maximum: 60_000 }),
  routes: todoRoutes(
    createPostgresTodoStore(database, { onEvent: publisher && (() => publisher.wake()) }),
    revision && (() => revision.current()),
  ),
  // The sidecar is left out: it becomes ready after this service, and without it only events wait.
  notReady: () => database.notReady(),
  onStop: async () => {
    stop.abort();
    await publishing;
    await database.close();
  },
});
