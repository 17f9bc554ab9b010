// The gateway for Server-Sent Events: settings from the environment, everything wired, run until a signal.
//
//   PORT          8003
//   LOG_LEVEL     debug, info, warn, error
//   DRAIN_MS      how long streams are still served after SIGTERM
//   HEARTBEAT_MS  15000; how often a quiet stream is given a comment

import { createLog } from '../../shared/log.ts';
import { runService } from '../../shared/run-service.ts';
import { ServiceMetrics } from '../../shared/service-metrics.ts';
import { numberSetting, portSetting } from '../../shared/settings.ts';
import { gatewayRoutes } from './gateway-routes.ts';
import { StreamHub } from './stream-hub.ts';

const log = createLog('sse-gateway', process.env['LOG_LEVEL'] ?? 'info', (line) =>
  process.stdout.write(line),
);
const metrics = new ServiceMetrics('sse-gateway');
const hub = new StreamHub({ registry: metrics.registry });
const heartbeatMs = numberSetting(process.env, 'HEARTBEAT_MS', {
  default: 15_000,
  minimum: 1_000,
  maximum: 60_000,
});
const heartbeat = setInterval(() => hub.beat(), heartbeatMs);

await runService({
  log,
  metrics,
  port: portSetting(process.env, 8003),
  drainMs: numberSetting(process.env, 'DRAIN_MS', { default: 2_000, minimum: 0, maximum: 60_000 }),
  routes: gatewayRoutes(hub, log),
  // The sidecar waits for this service: waiting for the sidecar here would be waiting for each other.
  notReady: () => undefined,
  // A stream never ends by itself: without this, every rolling update would wait until they are cut.
  onDrained: () => hub.end(),
  onStop: async () => clearInterval(heartbeat),
});
