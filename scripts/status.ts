// npm run status

import './compile-cache.ts';

const [{ runCommand }, { status, statusSpec }] = await Promise.all([
  import('./command/run-command.ts'),
  import('./command/status-command.ts'),
]);
await runCommand(statusSpec, status);
