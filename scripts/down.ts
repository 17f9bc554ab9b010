// npm run down

import './compile-cache.ts';

const [{ runCommand }, { down, downSpec }] = await Promise.all([
  import('../src/cli/run-command.ts'),
  import('../src/down/down-command.ts'),
]);
await runCommand(downSpec, down);
