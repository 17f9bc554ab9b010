// npm run prune

import './compile-cache.ts';

const [{ runCommand }, { prune, pruneSpec }] = await Promise.all([
  import('../src/cli/run-command.ts'),
  import('../src/prune/prune-command.ts'),
]);
await runCommand(pruneSpec, prune);
