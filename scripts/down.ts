// npm run down

import './compile-cache.ts';

const [{ runCommand }, { down, downSpec }] = await Promise.all([
  import('./command/run-command.ts'),
  import('./command/down-command.ts'),
]);
await runCommand(downSpec, down);
