// The frontend: settings from the environment, everything wired, run until a signal.
//
//   PORT         3000
//   BACKEND_URL  http://backend-svc:8000
//   LOG_LEVEL    debug, info, warn, error
//   DRAIN_MS     how long requests are still taken after SIGTERM

import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createLog } from '../../shared/log.ts';
import { runService } from '../../shared/run-service.ts';
import { ServiceMetrics } from '../../shared/service-metrics.ts';
import { numberSetting, portSetting, urlSetting } from '../../shared/settings.ts';
import { backendProxy } from './backend-proxy.ts';
import { staticRoutes } from './static-files.ts';

const folder = fileURLToPath(new URL('../public', import.meta.url));

await runService({
  log: createLog('frontend', process.env['LOG_LEVEL'] ?? 'info', (line) => process.stdout.write(line)),
  metrics: new ServiceMetrics('frontend'),
  port: portSetting(process.env, 3000),
  drainMs: numberSetting(process.env, 'DRAIN_MS', { default: 2_000, minimum: 0, maximum: 60_000 }),
  routes: [
    ...staticRoutes(folder, await readdir(folder)),
    backendProxy(urlSetting(process.env, 'BACKEND_URL', 'http://backend-svc:8000')),
  ],
  // The page shows by itself when the backend is away, so it is worth serving without one.
  notReady: () => undefined,
});
