// The MCP server: settings from the environment, everything wired, run until a signal.
//
//   PORT         8001
//   BACKEND_URL  http://backend-svc:8000
//   LOG_LEVEL    debug, info, warn, error
//   DRAIN_MS     how long requests are still taken after SIGTERM

import { createLog } from '../../shared/log.ts';
import { runService } from '../../shared/run-service.ts';
import { ServiceMetrics } from '../../shared/service-metrics.ts';
import { numberSetting, portSetting, urlSetting } from '../../shared/settings.ts';
import { createBackendClient } from './backend-client.ts';
import { createMcpEndpoint } from './mcp-endpoint.ts';
import { createTodoServer } from './todo-tools.ts';

const log = createLog('mcp', process.env['LOG_LEVEL'] ?? 'info', (line) => process.stdout.write(line));
const backend = createBackendClient(urlSetting(process.env, 'BACKEND_URL', 'http://backend-svc:8000'));

await runService({
  log,
  metrics: new ServiceMetrics('mcp'),
  port: portSetting(process.env, 8001),
  drainMs: numberSetting(process.env, 'DRAIN_MS', { default: 2_000, minimum: 0, maximum: 60_000 }),
  routes: [
    {
      method: 'POST',
      path: '/mcp',
      handle: createMcpEndpoint(
        () => createTodoServer(backend),
        (error) => log('warn', 'refused a request', { cause: error.message }),
      ),
    },
  ],
  // A backend that is away is told by each tool's answer; taking this service away as well would hide the reason.
  notReady: () => undefined,
});
