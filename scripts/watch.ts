// npm run watch

import './compile-cache.ts';

const [{ runCommand }, { watch, watchSpec }] = await Promise.all([
  import('./command/run-command.ts'),
  import('./command/watch-command.ts'),
]);
await runCommand(watchSpec, watch);
