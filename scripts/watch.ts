// npm run watch

import './compile-cache.ts';

const [{ runCommand }, { watch, watchSpec }] = await Promise.all([
  import('../src/cli/run-command.ts'),
  import('../src/watch/watch-command.ts'),
]);
await runCommand(watchSpec, watch);
