// npm run logs

import './compile-cache.ts';

const [{ runCommand }, { logs, logsSpec }] = await Promise.all([
  import('../src/cli/run-command.ts'),
  import('../src/logs/logs-command.ts'),
]);
await runCommand(logsSpec, logs);
