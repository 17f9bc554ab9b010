// npm run status

import './compile-cache.ts';

const [{ runCommand }, { status, statusSpec }] = await Promise.all([
  import('../src/cli/run-command.ts'),
  import('../src/status/status-command.ts'),
]);
await runCommand(statusSpec, status);
