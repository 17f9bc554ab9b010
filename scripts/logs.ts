// npm run logs

import './compile-cache.ts';

const [{ runCommand }, { logs, logsSpec }] = await Promise.all([
  import('./command/run-command.ts'),
  import('./command/logs-command.ts'),
]);
await runCommand(logsSpec, logs);
