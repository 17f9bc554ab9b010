// The notification service: settings from the environment, everything wired, run until a signal.
//
//   PORT            8002
//   DAPR_HTTP_PORT  port of the Dapr sidecar (set by its injector); without it notifications are not passed on
//   LOG_LEVEL       debug, info, warn, error
//   DRAIN_MS        how long requests are still taken after SIGTERM

import { daprFromEnvironment } from '../../shared/dapr-client.ts';
import { createLog } from '../../shared/log.ts';
import { runService } from '../../shared/run-service.ts';
import { ServiceMetrics } from '../../shared/service-metrics.ts';
import { numberSetting, portSetting } from '../../shared/settings.ts';
import { notificationRoutes } from './notification-routes.ts';
import { Notifier } from './notifier.ts';

const log = createLog('notification', process.env['LOG_LEVEL'] ?? 'info', (line) =>
  process.stdout.write(line),
);
const metrics = new ServiceMetrics('notification');
const dapr = daprFromEnvironment(process.env);
if (dapr === undefined) log('info', 'DAPR_HTTP_PORT is not set: notifications are not passed on');

await runService({
  log,
  metrics,
  port: portSetting(process.env, 8002),
  drainMs: numberSetting(process.env, 'DRAIN_MS', { default: 2_000, minimum: 0, maximum: 60_000 }),
  routes: notificationRoutes(new Notifier({ dapr, registry: metrics.registry }), log),
  // The sidecar waits for this service: waiting for the sidecar here would be waiting for each other.
  notReady: () => undefined,
});
