// The backend: settings from the environment, everything wired, run until a signal.
//
//   PORT          8000
//   DATABASE_URL  postgresql://user:password@host:5432/todo
//   LOG_LEVEL     debug, info, warn, error
//   DRAIN_MS      how long requests are still taken after SIGTERM

import { createLog } from '../../shared/log.ts';
import { runService } from '../../shared/run-service.ts';
import { ServiceMetrics } from '../../shared/service-metrics.ts';
import { numberSetting, portSetting, urlSetting } from '../../shared/settings.ts';
import { Database } from './database.ts';
import { createPostgresTodoStore } from './postgres-todo-store.ts';
import { todoRoutes } from './todo-routes.ts';

const log = createLog('backend', process.env['LOG_LEVEL'] ?? 'info', (line) => process.stdout.write(line));
const database = new Database({ url: urlSetting(process.env, 'DATABASE_URL'), log });
const stop = new AbortController();
void database.prepare(stop.signal);

await runService({
  log,
  metrics: new ServiceMetrics('backend'),
  port: portSetting(process.env, 8000),
  drainMs: numberSetting(process.env, 'DRAIN_MS', { default: 2_000, minimum: 0, maximum: 60_000 }),
  routes: todoRoutes(createPostgresTodoStore(database)),
  notReady: () => database.notReady(),
  onStop: () => {
    stop.abort();
    return database.close();
  },
});
