// npm run prune

import './compile-cache.ts';

const [{ runCommand }, { prune, pruneSpec }] = await Promise.all([
  import('./command/run-command.ts'),
  import('./command/prune-command.ts'),
]);
await runCommand(pruneSpec, prune);
